/** Converts revenue and franchisee documents (docs/revenue.md). Missing figures are 0. */
import { NO_TOTALS, TOTAL_FIELDS, type Totals } from "../../../functions/src/domain/totals.ts";
import {
  type FranchiseeProfile,
  NO_PROFILE,
  PROFILE_FIELDS,
} from "../../../functions/src/domain/franchisee-profile.ts";
import { type Balance, toBalance } from "./balance.ts";
import { dateAt, entriesAt, numberAt, textAt, valueAt } from "./fields.ts";

/** Totals by currency. */
export type Revenue = Map<string, Totals>;

export interface Month {
  /** YYYY-MM. */
  month: string;
  totals: Revenue;
  /** Sales on the franchisee's account unrelated to the business. */
  unrelated: Revenue;
  /** By YYYY-MM-DD. */
  days: Map<string, Revenue>;
}

export interface Franchisee {
  franchiseeId: string;
  profile: FranchiseeProfile;
  totals: Revenue;
  exceptions: { open: number };
  freshness: Freshness;
  /** Null before the first comparison with Stripe's balance. */
  balance: Balance | null;
}

export interface Freshness {
  /** Everything in Stripe until then is recorded; null before the first sync. */
  completeUntil: Date | null;
  /** Why the last sync failed; null if it succeeded. */
  error: string | null;
}

/** Currencies without figures are left out; the others are sorted by their number of payments. */
export function toRevenue(fields: unknown): Revenue {
  const all = entriesAt(fields).map(([currency, totals]) => [currency, toTotals(totals)] as const);
  const nonZero = all.filter(([, totals]) => Object.values(totals).some((number) => number !== 0));
  return new Map(nonZero.toSorted(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1)));
}

function toTotals(fields: unknown): Totals {
  const totals = { ...NO_TOTALS };
  for (const field of TOTAL_FIELDS) totals[field] = numberAt(fields, field) ?? 0;
  return totals;
}

export function toMonth(month: string, fields: unknown): Month {
  return {
    month,
    totals: toRevenue(valueAt(fields, "totals")),
    unrelated: toRevenue(valueAt(fields, "unrelated")),
    days: new Map(entriesAt(fields, "days").map(([day, totals]) => [day, toRevenue(totals)])),
  };
}

export function toFranchisee(franchiseeId: string, fields: unknown): Franchisee {
  return {
    franchiseeId,
    profile: toProfile(fields),
    totals: toRevenue(valueAt(fields, "totals")),
    exceptions: { open: numberAt(fields, "exceptions", "open") ?? 0 },
    freshness: toFreshness(valueAt(fields, "sync")),
    balance: toBalance(valueAt(fields, "balance")),
  };
}

/** The name, city and owner in a franchisee's document; `of`: what head office entered, or what Stripe states. */
export function toProfile(fields: unknown, of?: "headOffice" | "stripe"): FranchiseeProfile {
  const path = of === undefined ? ["profile"] : ["profileSources", of];
  const profile = { ...NO_PROFILE };
  for (const field of PROFILE_FIELDS) profile[field] = textAt(fields, ...path, field);
  return profile;
}

/** Combines the syncs of the platform's account and the franchisee's: as fresh as the older one. */
function toFreshness(sync: unknown): Freshness {
  const accounts = entriesAt(sync).map(([, account]) => account);
  const times = accounts.flatMap((account) => dateAt(account, "completeUntil") ?? []);
  const errors = accounts.flatMap((account) => textAt(account, "error", "message") ?? []);
  const oldest = times.toSorted((a, b) => a.getTime() - b.getTime())[0];
  return { completeUntil: oldest ?? null, error: errors[0] ?? null };
}

/** `now` − `was`, in every currency of either. */
export function differenceOf(was: Revenue, now: Revenue): Revenue {
  const currencies = sortedCurrenciesOf([was, now]);
  return new Map(
    currencies.map((currency) => {
      const difference = { ...NO_TOTALS };
      for (const field of TOTAL_FIELDS) {
        difference[field] = (now.get(currency)?.[field] ?? 0) - (was.get(currency)?.[field] ?? 0);
      }
      return [currency, difference];
    }),
  );
}

/** The sum by currency. */
export function sumOf(revenues: readonly Revenue[]): Revenue {
  const sum: Revenue = new Map();
  for (const [currency, totals] of revenues.flatMap((revenue) => [...revenue])) {
    const known = { ...(sum.get(currency) ?? NO_TOTALS) };
    for (const field of TOTAL_FIELDS) known[field] += totals[field];
    sum.set(currency, known);
  }
  return sum;
}

/** The sum, sorted by number of payments. */
export function sortedSumOf(revenues: readonly Revenue[]): Revenue {
  const sum = sumOf(revenues);
  return new Map(sortedCurrenciesOf([sum]).map((currency) => [currency, sum.get(currency) ?? NO_TOTALS]));
}

/**
 * Whether any figure from gross to earned counts in this currency. If customers paid in it and all was converted, only
 * what they got back does.
 */
export function hasFigures({ refunded: _refunded, disputed: _disputed, ...figures }: Totals): boolean {
  return Object.values(figures).some((number) => number !== 0);
}

/** The currencies of these that have figures from gross to earned. */
export function withFigures(revenue: Revenue): Revenue {
  return new Map([...revenue].filter(([, totals]) => hasFigures(totals)));
}

/** Every currency in these that has figures from gross to earned, sorted by number of payments. */
export function currenciesOf(revenues: readonly Revenue[]): string[] {
  return sortedCurrenciesOf(revenues.map(withFigures));
}

function sortedCurrenciesOf(revenues: readonly Revenue[]): string[] {
  const counts = new Map<string, number>();
  for (const [currency, { count }] of revenues.flatMap((revenue) => [...revenue])) {
    counts.set(currency, (counts.get(currency) ?? 0) + count);
  }
  return [...counts].toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).map(([currency]) => currency);
}
