import { z } from "zod";
import { RECONCILIATION_STATUSES } from "../../src/domain/reconciliation.ts";
import { TOTAL_FIELDS } from "../../src/domain/totals.ts";
import { franchiseeIdSchema } from "../../src/domain/payment.ts";

/** What the reports answer, field by field and no other. */

const time = z.iso.datetime();

const totals = z
  .record(z.string(), z.strictObject(Object.fromEntries(TOTAL_FIELDS.map((field) => [field, z.int()]))))
  .describe("by currency (ISO 4217, lower case): the count of payments, and amounts in minor units");

const month = z.string().regex(/^\d{4}-\d{2}$/);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

const workshops = z.array(
  z.strictObject({
    workshopId: z.string().nullable().describe("null: the payments that name no workshop"),
    workshopName: z.string().nullable(),
    totals,
  }),
);

export const revenueAnswerSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  timeZone: z.string().describe("IANA: the one that months and days are in"),
  from: month,
  to: month,
  months: z.array(
    z.strictObject({
      month,
      totals,
      unrelated: totals.describe("sales on the franchisee's own account unrelated to the business, counted separately"),
      days: z.array(z.strictObject({ day, totals })).describe("those with any money, in order"),
      workshops: workshops.describe(
        "those with any money, the highest gross in the default currency first; 6,000 in all months together at the most",
      ),
      workshopsCursor: z
        .string()
        .nullable()
        .describe(
          "null: these are all of the month's workshops; else the cursor of the rest, at …/revenue/{month}/workshops",
        ),
    }),
  ),
  totals: totals.describe("of all months together"),
  unrelated: totals.describe("of all months together"),
});

export const workshopsAnswerSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  month,
  workshops: workshops.describe(
    "those of this page with any money, the highest gross in the default currency first; pages follow each other in no order",
  ),
  count: z.int().nonnegative(),
  nextCursor: z.string().nullable().describe("leads to the next page; null on the last one"),
});

const count = z.int();
const counts = (names: readonly string[]) => z.strictObject(Object.fromEntries(names.map((name) => [name, count])));

const freshness = z.strictObject({
  completeUntil: time.optional().describe("everything until then is there"),
  lastRunAt: time,
  error: z.strictObject({ at: time, message: z.string() }).nullable().describe("why it is not later"),
});

export const franchiseesAnswerSchema = z.strictObject({
  success: z.literal(true),
  franchisees: z.array(
    z.strictObject({
      franchiseeId: z.string(),
      totals: totals.describe("lifetime totals by currency, as in revenue"),
      unrelated: totals.describe("the same of sales unrelated to the business"),
      reconciliation: counts(RECONCILIATION_STATUSES).describe("how many transactions stand how"),
      exceptions: z.strictObject({ open: count, resolved: count }),
      sync: z.strictObject({ platform: freshness.optional(), account: freshness.optional() }),
    }),
  ),
  count: z.int().nonnegative(),
  nextCursor: z.string().nullable().describe("leads to the next page; null on the last one"),
  warnings: z.array(z.string()).optional().describe("documents of this page that cannot be read, and why"),
});
