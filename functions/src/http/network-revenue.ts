import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { monthAfter } from "../domain/calendar.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import type { Revenue } from "../domain/revenue.ts";
import { log } from "../log.ts";
import { networkRevenue } from "../store/network-revenue.ts";
import { exportNetworkRevenue } from "./export.ts";
import { profileResponseSchema } from "./franchisee-profile.ts";
import { monthSchema } from "./revenue.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { serializeTotals, totalsSchema } from "./totals-response.ts";
import { readQuery, validate, warningsSchema } from "./validation.ts";

const inputSchema = z.object({
  query: z.strictObject({
    month: monthSchema.refine((month) => month >= "1001", { error: "expected a month of the years 1001 to 9999" }),
    throughDay: z
      .string()
      .regex(/^([1-9]|[12]\d|3[01])$/, { error: "expected a day from 1 to 31" })
      .transform(Number)
      .optional()
      .describe("counts only the days of each month until then, to compare a month that has not ended"),
    format: z.enum(["json", "csv"]).default("json"),
  }),
});

const monthsSchema = z
  .array(z.strictObject({ month: monthSchema, totals: totalsSchema }))
  .describe("month, monthBefore and yearBefore, in this order");

export const networkRevenueResponseSchema = z.strictObject({
  success: z.literal(true),
  timeZone: z.string().describe("the IANA time zone of months and days"),
  asOf: z.iso.datetime().describe("everything was read as of this time"),
  month: monthSchema,
  monthBefore: monthSchema,
  yearBefore: monthSchema.describe("the same month of the year before"),
  throughDay: z.int().nullable().describe("only the days of each month until then count; null: whole months"),
  months: monthsSchema.describe("of all franchisees: month, monthBefore and yearBefore, in this order"),
  franchisees: z
    .array(z.strictObject({ franchiseeId: franchiseeIdSchema, profile: profileResponseSchema, months: monthsSchema }))
    .describe("all, by id; at most 1,000"),
  warnings: warningsSchema.describe("franchisees whose names cannot be read, and why"),
});

/** The path names no franchisee, so no owner is a reader: the route is for head office and the orchestrator. */
export const networkRevenueRoute: Route = {
  method: "GET",
  paths: ["/api/revenue"],
  access: "reader",
  handle: showNetworkRevenue,
  operation: {
    operationId: "showNetworkRevenue",
    summary:
      "The revenue of all franchisees in a month, the month before and the same month of the year before; for head office and the orchestrator",
    description: "By date of payment, as showRevenue; read at one point in time.",
    input: inputSchema,
    response: [
      "The three months; or, with format=csv, a file with a line for each franchisee, month and currency, in the major unit",
      networkRevenueResponseSchema,
    ],
    files: ["text/csv"],
    errors: [400, 401, 403, 409, 500, 503],
  },
};

async function showNetworkRevenue(request: ApiRequest): Promise<RouteResponse> {
  const { query } = validate(inputSchema, { query: readQuery(request) });
  const { month, throughDay = null, format } = query;
  const [monthBefore, yearBefore] = [monthAfter(month, -1), monthAfter(month, -12)];
  const names = [month, monthBefore, yearBefore];
  const { asOf, franchisees, months, unreadable } = await networkRevenue(names, throughDay);
  for (const message of unreadable) log.error("unreadable document", new Error(message));
  if (format === "csv") return exportNetworkRevenue(names, throughDay, franchisees);
  const serializeMonths = (revenues: readonly Revenue[]) =>
    revenues.map((revenue, index) => ({ month: names[index], totals: serializeTotals(revenue) }));
  return {
    success: true,
    timeZone: recordDefaults().timeZone,
    asOf: asOf.toISOString(),
    month,
    monthBefore,
    yearBefore,
    throughDay,
    months: serializeMonths(months),
    franchisees: franchisees.map(({ franchiseeId, profile, months: own }) => {
      return { franchiseeId, profile, months: serializeMonths(own) };
    }),
    ...(unreadable.length > 0 && { warnings: unreadable }),
  };
}
