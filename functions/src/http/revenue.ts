import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { dayOf, monthAfter, monthOf, monthsIncluding } from "../domain/calendar.ts";
import { compareTexts } from "../domain/canonical-json.ts";
import { type Revenue, sumOf } from "../domain/revenue.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { monthsOf, type StoredMonth, type WorkshopPage } from "../store/revenue-queries.ts";
import { exportRevenue } from "./export.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { serializeTotals, totalsSchema } from "./totals-response.ts";
import { readQuery, validate } from "./validation.ts";

const DEFAULT_MONTHS = 12;
const MAX_MONTHS = 24;
/** Of all months together: a response is limited to 32 MiB. `workshopsCursor` leads to the rest of a month. */
const MAX_WORKSHOPS = 6_000;

export const monthSchema = z
  .string()
  .regex(/^[1-9]\d{3}-(0[1-9]|1[0-2])$/, { error: "expected a month of the years 1000 to 9999, such as 2025-11" });

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  query: z.strictObject({
    from: monthSchema.optional(),
    to: monthSchema.optional(),
    format: z.enum(["json", "csv"]).default("json"),
  }),
});

export const workshopListSchema = z.array(
  z.strictObject({
    workshopId: z.string().nullable().describe("null: payments without a workshop"),
    workshopName: z.string().nullable(),
    organizationType: z.string().nullable().describe("as recorded; a workshop has an entry for each type"),
    totals: totalsSchema,
  }),
);

export const revenueResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  timeZone: z.string().describe("the IANA time zone of months and days"),
  from: monthSchema,
  to: monthSchema,
  months: z.array(
    z.strictObject({
      month: monthSchema,
      totals: totalsSchema,
      unrelated: totalsSchema.describe("the franchisee's own sales, unrelated to the business; counted separately"),
      days: z
        .array(z.strictObject({ day: z.iso.date(), totals: totalsSchema }))
        .describe("days with any total, in order"),
      workshops: workshopListSchema.describe(
        "those with any total, the highest gross in the default currency first; at most 6,000 in all months together",
      ),
      workshopsCursor: z
        .string()
        .nullable()
        .describe("leads to the month's other workshops, at …/revenue/{month}/workshops; null if there are none"),
    }),
  ),
  totals: totalsSchema.describe("of all months together"),
  unrelated: totalsSchema.describe("of all months together"),
});

export const revenueRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/revenue"],
  access: "reader",
  handle: showRevenue,
  operation: {
    operationId: "showRevenue",
    summary: "A franchisee's revenue by month, day and workshop, by date of payment",
    description:
      "A payment counts on the day on which it was made, with all that became of it later: its refunds, disputes and returned fees count on that day, too. What moved on the Stripe balance in a month, and what was paid out, is the balance statement (showBalance), by date of movement.",
    input: inputSchema,
    response: [
      "Every month; or, with format=csv, a file with a line for each day and currency, in the major unit",
      revenueResponseSchema,
    ],
    files: ["text/csv"],
    errors: [400, 401, 403, 500, 503],
  },
};

/** The query with its defaults. */
const rangeSchema = z.object({
  query: z
    .object({ from: z.string(), to: z.string() })
    .refine(({ from, to }) => from <= to, { path: ["from"], error: "later than to" })
    .refine(({ from, to }) => monthsIncluding(from, to) <= MAX_MONTHS, {
      path: ["from"],
      error: `expected at most ${MAX_MONTHS} months from it to to`,
    }),
});

async function showRevenue(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, query } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const { timeZone, currency } = recordDefaults();
  const lastMonth = query.to ?? monthOf(dayOf(request.receivedAt, timeZone));
  const firstMonth = query.from ?? monthAfter(lastMonth, 1 - DEFAULT_MONTHS);
  const { from, to } = validate(rangeSchema, { query: { from: firstMonth, to: lastMonth } }).query;

  const names = Array.from({ length: monthsIncluding(from, to) }, (_none, index) => monthAfter(from, index));
  const isFile = query.format === "csv";
  const stored = await monthsOf(franchiseeId, names, isFile ? 0 : MAX_WORKSHOPS);
  if (isFile) return exportRevenue(franchiseeId, { from, to }, stored.flatMap(daysOf));
  const months = stored.map((month, index) => serializeMonth(names[index], month, currency));
  const totals = serializeTotals(sumOf(stored.map((month) => month.totals)));
  const unrelated = serializeTotals(sumOf(stored.map((month) => month.unrelated)));
  return { success: true, franchiseeId, timeZone, from, to, months, totals, unrelated };
}

/** A month without empty totals: the days in order, the workshops by their gross in this currency. */
function serializeMonth(month: string | undefined, stored: StoredMonth, currency: string) {
  const { totals, unrelated, nextCursor } = stored;
  return {
    month,
    totals: serializeTotals(sumOf([totals])),
    unrelated: serializeTotals(sumOf([unrelated])),
    days: daysOf(stored).map((one) => ({ day: one.day, totals: serializeTotals(one.totals) })),
    workshops: serializeWorkshops(stored, currency),
    workshopsCursor: nextCursor,
  };
}

/** The days with any total, in order. */
function daysOf({ days }: StoredMonth): { day: string; totals: Revenue }[] {
  return Object.keys(days)
    .toSorted()
    .map((day) => ({ day, totals: sumOf([days[day] ?? {}]) }))
    .filter(hasTotals);
}

type Labels = Omit<WorkshopPage["workshops"][number], "totals">;

function byLabels(a: Labels, b: Labels): number {
  const byId = compareTexts(a.workshopId ?? "", b.workshopId ?? "");
  return byId || compareTexts(a.organizationType ?? "", b.organizationType ?? "");
}

/** The workshops with any total, by their gross in this currency, then by id and type. */
export function serializeWorkshops({ workshops }: WorkshopPage, currency: string) {
  const grossOf = (workshop: { totals: Revenue }): number => workshop.totals[currency]?.gross ?? 0;
  return workshops
    .filter(hasTotals)
    .toSorted((a, b) => grossOf(b) - grossOf(a) || byLabels(a, b))
    .map(({ workshopId, workshopName, organizationType, totals }) => {
      return { workshopId, workshopName, organizationType, totals: serializeTotals(totals) };
    });
}

function hasTotals({ totals }: { totals: Revenue }): boolean {
  return Object.keys(totals).length > 0;
}
