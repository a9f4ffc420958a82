/** The revenue of all franchisees in a few months, summed from their months' documents (docs/decisions/0033). */
import { FieldPath, type QueryDocumentSnapshot } from "firebase-admin/firestore";
import { type FranchiseeProfile, NO_PROFILE } from "../domain/franchisee-profile.ts";
import { type Revenue, sumOf } from "../domain/revenue.ts";
import { AppError } from "../errors.ts";
import { unreadable } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { profileSchema } from "./profiles.ts";
import { franchiseesRef, revenueRef } from "./refs.ts";
import { parse, storedMonthSchema } from "./revenue-queries.ts";
import { currentReadTime, readAt, type ReadTime } from "./snapshot-reads.ts";

/** In one response. */
const MAX_FRANCHISEES = 1_000;

/** A month's document may have some kilobytes. */
const PAGE = 100;

export interface NetworkRevenue {
  asOf: Date;
  /** By id; the revenue of each month, in the order of the months. */
  franchisees: { franchiseeId: string; profile: FranchiseeProfile; months: Revenue[] }[];
  /** Of all franchisees in each month. */
  months: Revenue[];
  /** Why names cannot be read. */
  unreadable: string[];
}

/**
 * Every franchisee's totals of these months, at one point in time; with `throughDay`, of the days of each month until
 * then. Costs a read per franchisee and another per month, and one more. Throws for an unreadable month, without which
 * the sum would be wrong; AppError `conflict` for too many franchisees.
 */
export async function networkRevenue(months: readonly string[], throughDay: number | null): Promise<NetworkRevenue> {
  const at = await currentReadTime();
  const result: NetworkRevenue = { asOf: at.toDate(), franchisees: [], months: months.map(() => ({})), unreadable: [] };
  const all = franchiseesRef().select("profile").orderBy(FieldPath.documentId());
  const pages = paginate(all, PAGE, (page) => readAt(at, (transaction) => transaction.get(page)));
  for await (const page of pages) {
    if (result.franchisees.length + page.length > MAX_FRANCHISEES) {
      throw new AppError("conflict", `There are more than ${MAX_FRANCHISEES} franchisees, which is the maximum here.`);
    }
    const read = await monthsAt(at, page, months, throughDay);
    for (const [index, snapshot] of page.entries()) {
      const profile = profileOf(snapshot, result.unreadable);
      result.franchisees.push({ franchiseeId: snapshot.id, profile, months: read[index] ?? [] });
    }
  }
  result.months = months.map((_month, index) =>
    sumOf(result.franchisees.map((franchisee) => franchisee.months[index] ?? {})),
  );
  return result;
}

/** The revenue of each of these franchisees in each month. */
async function monthsAt(
  at: ReadTime,
  franchisees: readonly QueryDocumentSnapshot[],
  months: readonly string[],
  throughDay: number | null,
): Promise<Revenue[][]> {
  const references = franchisees.flatMap(({ id }) => months.map((month) => revenueRef(id).doc(month)));
  const fieldMask = [throughDay === null ? "totals" : "days"];
  const snapshots = await readAt(at, (transaction) => transaction.getAll(...references, { fieldMask }));
  const revenues = snapshots.map((snapshot) => {
    const { totals, days } = parse(storedMonthSchema, snapshot, snapshot.data() ?? {});
    if (throughDay === null) return sumOf([totals]);
    return sumOf(Object.entries(days).flatMap(([day, ofDay]) => (dayOfMonth(day) <= throughDay ? [ofDay] : [])));
  });
  return franchisees.map((_one, index) => revenues.slice(index * months.length, (index + 1) * months.length));
}

/** 14 of 2025-11-14. */
function dayOfMonth(day: string): number {
  return Number(day.slice("YYYY-MM-".length));
}

/** A franchisee without a readable name is shown by its account. */
function profileOf(snapshot: QueryDocumentSnapshot, problems: string[]): FranchiseeProfile {
  const parsed = profileSchema.prefault({}).safeParse(snapshot.get("profile"));
  if (parsed.success) return parsed.data;
  problems.push(unreadable(snapshot.ref, parsed.error));
  return NO_PROFILE;
}
