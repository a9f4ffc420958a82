import { z } from "zod";
import { recordDefaults } from "../config.ts";
import type { BalanceStatement } from "../domain/balance-statement.ts";
import { dayOf, monthAfter, monthOf, startOfMonth } from "../domain/calendar.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { movementsAt, type Period, readChecked, readStatements } from "../store/balance-queries.ts";
import { amount, categoryTotalSchema, currency } from "./balance-response.ts";
import { exportMovements } from "./export.ts";
import type { StreamedResponse } from "./stream.ts";
import { monthSchema } from "./revenue.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { readQuery, validate } from "./validation.ts";

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  query: z.strictObject({ month: monthSchema.optional(), format: z.enum(["json", "csv"]).default("json") }),
});

const BASIS = "date of movement";

const statementSchema = z.strictObject({
  currency,
  opening: amount.describe("minor units: the net of all earlier movements"),
  activity: z
    .array(categoryTotalSchema)
    .describe("the month's movements by reporting category, without payouts; the greatest net first"),
  payouts: amount.describe(
    "minor units: the net of the categories payout and payout_reversal; negative when money left for the bank",
  ),
  closing: amount.describe("minor units: opening + the net of activity + payouts"),
  disputeFees: amount.describe(
    "minor units: Stripe's fees that were deducted with disputes, and those that it billed for countering them, less returned ones",
  ),
  stripeFees: amount.describe("minor units: the other fees that Stripe deducted from the month's movements"),
  platformFees: amount.describe("minor units: the application fees that were deducted from the month's movements"),
  available: amount.nullable().describe("minor units, as Stripe stated it; null unless asOf is in this month"),
  pending: amount.nullable().describe("minor units, as Stripe stated it; null unless asOf is in this month"),
  stripeBalance: amount.nullable().describe("minor units: available + pending"),
  difference: amount.nullable().describe("minor units: what closing exceeds stripeBalance by; 0 if nothing is missing"),
} satisfies Record<keyof BalanceStatement, z.ZodType>);

export const balanceResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  timeZone: z.string().describe("the IANA time zone of the month"),
  month: monthSchema,
  basis: z.literal(BASIS).describe("what decides the month; the revenue is by date of payment"),
  asOf: z.iso
    .datetime()
    .nullable()
    .describe("the last comparison with Stripe's balance: later movements are left out; null before the first"),
  isComplete: z.boolean().describe("whether the month had ended by then"),
  currencies: z.array(statementSchema).describe("ordered by currency; empty before the first comparison"),
});

export const balanceRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/balance"],
  access: "reader",
  handle: showBalance,
  operation: {
    operationId: "showBalance",
    summary: "A franchisee's balance statement of a month, by date of movement; or its movements as a file",
    description:
      "Each movement on the franchisee's Stripe balance counts on the day on which it changed the balance: a refund in January of a payment in December is in January. The revenue (showRevenue) is by date of payment.",
    input: inputSchema,
    response: [
      "The statement; or, with format=csv, a file with a line for each balance transaction in it",
      balanceResponseSchema,
    ],
    files: ["text/csv"],
    errors: [400, 401, 403, 500, 503],
  },
};

async function showBalance(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, query } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const { timeZone } = recordDefaults();
  const thisMonth = monthOf(dayOf(request.receivedAt, timeZone));
  const { month = thisMonth } = query;
  validate(z.object({ query: z.object({ month: notAfter(thisMonth) }) }), { query: { month } });
  const period = { from: startOfMonth(month, timeZone), to: startOfMonth(monthAfter(month, 1), timeZone) };
  if (query.format === "csv") return exportPeriod(franchiseeId, month, period);
  const { checked, statements } = await readStatements(franchiseeId, period);
  const asOf = checked?.checkedAt ?? null;
  return {
    success: true,
    franchiseeId,
    timeZone,
    month,
    basis: BASIS,
    asOf,
    isComplete: asOf !== null && asOf >= period.to,
    currencies: statements,
  };
}

function notAfter(thisMonth: string) {
  return z.string().refine((month) => month <= thisMonth, { error: `later than the current month, ${thisMonth}` });
}

async function exportPeriod(franchiseeId: string, month: string, period: Period): Promise<StreamedResponse> {
  const { checked, readTime } = await readChecked(franchiseeId);
  // Before the first comparison there is no statement, and so no line.
  const checkedAt = checked?.checkedAt ?? new Date(0);
  const selection = { kind: "period", period, checkedAt } as const;
  return exportMovements(franchiseeId, `balance-${month}`, movementsAt(readTime, franchiseeId, selection));
}
