import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { dayOf, monthAfter, monthOf, monthsIncluding } from "../domain/calendar.ts";
import { compareTexts } from "../domain/canonical-json.ts";
import { type Revenue, sumOf } from "../domain/revenue.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { monthsOf, type StoredMonth, type WorkshopPage } from "../store/revenue-queries.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { readQuery, validate } from "./validation.ts";
import { REVENUE_PATH } from "./paths.ts";

/** GET what a franchisee's payments come to, month by month. */
export const revenueRoute: Route = { method: "GET", path: REVENUE_PATH, access: "reader", handle: showRevenue };

const DEFAULT_MONTHS = 12;
const MAX_MONTHS = 24;
/** In one answer, of all its months together: an answer may be 32 MiB. A month with more of them says where the rest is. */
const MAX_WORKSHOPS = 6_000;

export const monthSchema = z
  .string()
  .regex(/^[1-9]\d{3}-(0[1-9]|1[0-2])$/, { error: "expected a month of the years 1000 to 9999, such as 2025-11" });

/** The query parameters. */
export const revenueQuerySchema = z.strictObject({ from: monthSchema.optional(), to: monthSchema.optional() });

const inputSchema = z.object({ franchiseeId: franchiseeIdSchema, query: revenueQuerySchema });

/** With what was left out filled in. */
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
  const { timeZone } = recordDefaults();
  const { currency } = recordDefaults();
  const lastMonth = query.to ?? monthOf(dayOf(request.receivedAt, timeZone));
  const firstMonth = query.from ?? monthAfter(lastMonth, 1 - DEFAULT_MONTHS);
  const { from, to } = validate(rangeSchema, { query: { from: firstMonth, to: lastMonth } }).query;

  const names = Array.from({ length: monthsIncluding(from, to) }, (_none, index) => monthAfter(from, index));
  const stored = await monthsOf(franchiseeId, names, MAX_WORKSHOPS);
  const months = stored.map((month, index) => serialize(names[index], month, currency));
  const totals = sumOf(months.map((month) => month.totals));
  const unrelated = sumOf(months.map((month) => month.unrelated));
  return { success: true, franchiseeId, timeZone, from, to, months, totals, unrelated };
}

/** A month without what comes to nothing: the days in order, the workshops by their gross in this currency. */
function serialize(month: string | undefined, stored: StoredMonth, currency: string) {
  const { totals, unrelated, days, nextCursor } = stored;
  return {
    month,
    totals: sumOf([totals]),
    unrelated: sumOf([unrelated]),
    days: Object.keys(days)
      .toSorted()
      .map((day) => ({ day, totals: sumOf([days[day] ?? {}]) }))
      .filter(isSomething),
    workshops: presentWorkshops(stored, currency),
    workshopsCursor: nextCursor,
  };
}

/** Those that have come to anything, by their gross in this currency, then by id. */
export function presentWorkshops({ workshops }: WorkshopPage, currency: string): WorkshopPage["workshops"] {
  const grossOf = (workshop: { totals: Revenue }): number => workshop.totals[currency]?.gross ?? 0;
  return workshops
    .filter(isSomething)
    .toSorted((a, b) => grossOf(b) - grossOf(a) || compareTexts(a.workshopId ?? "", b.workshopId ?? ""));
}

function isSomething({ totals }: { totals: Revenue }): boolean {
  return Object.keys(totals).length > 0;
}
