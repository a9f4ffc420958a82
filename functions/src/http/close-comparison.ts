import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { canonicalJson } from "../domain/canonical-json.ts";
import { closeLine, formatOf } from "../domain/close.ts";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../domain/payment.ts";
import { addRevenue, type Revenue, sumOf } from "../domain/revenue.ts";
import { NO_TOTALS, TOTAL_FIELDS, type Totals } from "../domain/totals.ts";
import type { Transaction } from "../domain/transaction.ts";
import { AppError } from "../errors.ts";
import { closedTransactionsAt } from "../store/closed-transactions.ts";
import { closeAt } from "../store/closes.ts";
import { currentReadTime } from "../store/snapshot-reads.ts";
import type { ApiRequest, Route, RouteResponse } from "./router.ts";
import { serializeTotals, totalsSchema } from "./totals-response.ts";
import { readQuery, validate } from "./validation.ts";

/** Bounds the reads of a request. */
const MAX_TRANSACTIONS = 1_000;

const inputSchema = z.object({ franchiseeId: franchiseeIdSchema, day: z.iso.date(), query: z.strictObject({}) });

export const closeComparisonSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  day: z.iso.date(),
  closedAsOf: z.iso.datetime().describe("when the transactions were read for the close"),
  asOf: z.iso.datetime().describe("when they were read for this response"),
  isComplete: z
    .boolean()
    .describe(
      `false if the day has more than ${MAX_TRANSACTIONS} payments: now, difference and isExplained are then null`,
    ),
  was: totalsSchema.describe("of the close"),
  now: totalsSchema.nullable(),
  difference: totalsSchema.nullable().describe("now - was, without currencies in which nothing differs"),
  isExplained: z
    .boolean()
    .nullable()
    .describe("whether the changes of these payments are the difference; if not, documents were changed by hand"),
  payments: z
    .array(
      z.strictObject({
        stripePaymentId: paymentIntentIdSchema,
        isNew: z.boolean().describe("recorded after the close"),
        changedAt: z.iso.datetime().nullable().describe("when it was last changed"),
        was: totalsSchema.describe("what it added to the close"),
        now: totalsSchema.describe("what it adds to the day now"),
      }),
    )
    .describe("whose amounts have changed since"),
});

export const closeComparisonRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/closes/{day}"],
  access: "reader",
  handle: compareClose,
  operation: {
    operationId: "compareClose",
    summary: "A closed day's totals then and now, and the payments that changed them",
    description:
      "In the format of the close: one of an earlier version does not itemize its adjustments, so they are in otherAdjustment, then and now.",
    input: inputSchema,
    response: ["The comparison", closeComparisonSchema],
    errors: [400, 401, 403, 404, 500, 503],
  },
};

async function compareClose(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, day } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const at = await currentReadTime();
  const closed = await closeAt(at, franchiseeId, day);
  if (!closed) throw new AppError("not_found", "This day has no close.");
  const format = formatOf(closed.close);
  const revenueOf = (id: string, transaction: Transaction | null): Revenue => {
    const line = closeLine(id, transaction, recordDefaults(), format);
    return "contribution" in line ? complete(line.contribution) : {};
  };
  const now: Revenue = {};
  const changed: Revenue = {};
  const payments = [];
  let count = 0;
  for await (const { id, current, since } of closedTransactionsAt(at, franchiseeId, closed)) {
    count += 1;
    if (count > MAX_TRANSACTIONS) break;
    const after = revenueOf(id, current);
    addRevenue(now, after);
    if (!since) continue;
    const before = since.isNew ? {} : revenueOf(id, since.before);
    if (canonicalJson(sumOf([before])) === canonicalJson(sumOf([after]))) continue;
    addRevenue(changed, after);
    addRevenue(changed, negative(before));
    const changedAt = since.revisions.at(-1)?.replacedAt ?? current?.updatedAt ?? null;
    const figures = { was: serializeTotals(sumOf([before])), now: serializeTotals(sumOf([after])) };
    payments.push({ stripePaymentId: id, isNew: since.isNew, changedAt, ...figures });
  }
  const was = complete(closed.close.totals);
  const isComplete = count <= MAX_TRANSACTIONS;
  const difference = sumOf([now, negative(was)]);
  return {
    success: true,
    franchiseeId,
    day,
    closedAsOf: closed.close.asOf,
    asOf: at.toDate(),
    isComplete,
    was: serializeTotals(sumOf([was])),
    now: isComplete ? serializeTotals(sumOf([now])) : null,
    difference: isComplete ? serializeTotals(difference) : null,
    isExplained: isComplete ? canonicalJson(difference) === canonicalJson(sumOf([changed])) : null,
    payments,
  };
}

/** With the figures that the first format lacks, as 0. */
function complete(revenue: Record<string, Partial<Totals>>): Revenue {
  const all: Revenue = {};
  addRevenue(all, revenue);
  return all;
}

function negative(revenue: Revenue): Revenue {
  return Object.fromEntries(
    Object.entries(revenue).map(([currency, totals]) => {
      const opposite = { ...NO_TOTALS };
      for (const field of TOTAL_FIELDS) opposite[field] -= totals[field];
      return [currency, opposite];
    }),
  );
}
