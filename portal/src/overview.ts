/** Compares and ranks franchisees by their revenue of a month (views/Overview.tsx). */
import type { FranchiseeProfile } from "../../functions/src/domain/franchisee-profile.ts";
import { NO_TOTALS, type Totals } from "../../functions/src/domain/totals.ts";
import { hasFigures, type Revenue } from "./firestore/revenue.ts";
import { daysOf, monthName, shortMonth } from "./time.ts";

/** The revenue of a month, of the month before, and of the same month of the year before. */
export type ThreeMonths = readonly Revenue[];

export interface NetworkFranchisee {
  franchiseeId: string;
  profile: FranchiseeProfile;
  months: ThreeMonths;
}

export interface RankedFranchisee extends Omit<NetworkFranchisee, "months"> {
  /** By gross; equal ones have the same. */
  rank: number;
  /** Of each month, in the currency of the ranking. */
  months: Totals[];
}

export function totalsIn(months: ThreeMonths, currency: string): Totals[] {
  return months.map((revenue) => revenue.get(currency) ?? NO_TOTALS);
}

/** The franchisees with revenue in this currency in any of the months, the highest gross of the first one first. */
export function rankedBy(currency: string, franchisees: readonly NetworkFranchisee[]): RankedFranchisee[] {
  const sorted = franchisees
    .filter(({ months }) => totalsIn(months, currency).some(hasFigures))
    .map(({ franchiseeId, profile, months }) => ({ franchiseeId, profile, months: totalsIn(months, currency) }))
    .toSorted((a, b) => grossOf(b) - grossOf(a) || (a.franchiseeId < b.franchiseeId ? -1 : 1));
  return sorted.map((one) => {
    const rank = 1 + sorted.findIndex((other) => grossOf(other) === grossOf(one));
    return Object.assign({ rank }, one);
  });
}

function grossOf({ months }: { months: readonly Totals[] }): number {
  return months[0]?.gross ?? 0;
}

/** Sorts by a text or number; those without one come last in either direction, and equal ones by rank. */
export function sortedBy<T extends { rank: number }>(
  rows: readonly T[],
  valueOf: (row: T) => string | number | null,
  isAscending: boolean,
): T[] {
  const direction = isAscending ? 1 : -1;
  return rows.toSorted((a, b) => {
    const [one, other] = [valueOf(a), valueOf(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null) || a.rank - b.rank;
    const order = typeof one === "string" ? one.localeCompare(String(other)) : one - Number(other);
    return direction * order || a.rank - b.rank;
  });
}

/** What `now` exceeds `before` by, as a part of `before`'s size; null if that is 0. It has the sign of the change. */
export function shareOf(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / Math.abs(before);
}

const PERCENT = new Intl.NumberFormat("en-CA", {
  style: "percent",
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});

/** +12.5%, or – without anything to compare with. */
export function percentText(share: number | null): string {
  return share === null ? "–" : PERCENT.format(share);
}

/** November 2025; 1–28 Nov 2025, of the days that count. */
export function monthText(month: string, throughDay: number | null): string {
  if (throughDay === null) return monthName(month);
  const last = Math.min(throughDay, daysOf(month).length);
  return `${last === 1 ? "" : "1–"}${last} ${shortMonth(month)} ${month.slice(0, 4)}`;
}
