/** The numbers of docs/revenue.md, as the page shows them. Minor units, but for the count; what is missing is 0. */
import { NO_TOTALS, TOTAL_FIELDS, type Totals } from "../../../functions/src/domain/totals.ts";
import { at, dateAt, entriesAt, numberAt, textAt } from "./fields.ts";

/** By currency. */
export type Revenue = Map<string, Totals>;

export interface Month {
  /** YYYY-MM. */
  id: string;
  totals: Revenue;
  /** Sales on the franchisee's account unrelated to the business. */
  unrelated: Revenue;
  /** By YYYY-MM-DD. */
  days: Map<string, Revenue>;
}

export interface Franchisee {
  id: string;
  totals: Revenue;
  openExceptions: number;
  freshness: Freshness;
}

export interface Freshness {
  /** Until when everything in Stripe is here; null before the first sync. */
  completeUntil: Date | null;
  /** Why it is not later; null where the last sync went well. */
  error: string | null;
}

/** The currencies in which there is anything, the one of most payments first. */
export function revenueOf(value: unknown): Revenue {
  const found = entriesAt(value).map(([currency, totals]) => [currency, totalsOf(totals)] as const);
  const some = found.filter(([, totals]) => Object.values(totals).some((number) => number !== 0));
  return new Map(some.toSorted(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1)));
}

function totalsOf(value: unknown): Totals {
  const totals = { ...NO_TOTALS };
  for (const field of TOTAL_FIELDS) totals[field] = numberAt(value, field) ?? 0;
  return totals;
}

export function monthOfFields(id: string, fields: unknown): Month {
  const days = entriesAt(fields, "days").map(([day, totals]) => [day, revenueOf(totals)] as const);
  return {
    id,
    totals: revenueOf(at(fields, "totals")),
    unrelated: revenueOf(at(fields, "unrelated")),
    days: new Map(days),
  };
}

export function franchiseeOf(id: string, fields: unknown): Franchisee {
  return {
    id,
    totals: revenueOf(at(fields, "totals")),
    openExceptions: numberAt(fields, "exceptions", "open") ?? 0,
    freshness: freshnessOf(at(fields, "sync")),
  };
}

/** Both sides of the sync at once: no fresher than the one that is behind. */
function freshnessOf(sync: unknown): Freshness {
  const sides = entriesAt(sync).map(([, side]) => side);
  const times = sides.flatMap((side) => dateAt(side, "completeUntil") ?? []);
  const oldest = times.toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null;
  return { completeUntil: oldest, error: sides.flatMap((side) => textAt(side, "error", "message") ?? [])[0] ?? null };
}

/** The currencies that any of these have, the one of most payments first. */
export function currenciesOf(revenues: readonly Revenue[]): string[] {
  const counts = new Map<string, number>();
  for (const [currency, { count }] of revenues.flatMap((revenue) => [...revenue])) {
    counts.set(currency, (counts.get(currency) ?? 0) + count);
  }
  return [...counts].toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).map(([currency]) => currency);
}
