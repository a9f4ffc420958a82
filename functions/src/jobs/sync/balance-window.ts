import { canonicalJson } from "../../domain/canonical-json.ts";
import type { BalanceScan, BalanceState } from "../../store/sync-state.ts";

/** What a scan of an account's movements covers. All durations are in milliseconds. */

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** A scan starts this long before the watermark: Stripe may list movements late. */
const OVERLAP = HOUR;

/** How often all movements are listed in any case: what no sum or count shows is corrected then. */
const ALL_EVERY = 30 * DAY;
/** What Stripe may list late between two requests. */
const TAIL = 5 * 60_000;

/**
 * The first scan covers all movements. While they do not add up, a scan goes back to when they did: Stripe may list one
 * late. Older ones are found by the daily scan of all.
 */
export function planBalanceScan({ watermark, explainedAt, allScannedAt }: BalanceState, now: Date): BalanceScan {
  if (!watermark || isOlder(allScannedAt, ALL_EVERY, now)) return scanOfAll(now);
  const explained = Math.max((explainedAt ?? watermark).getTime(), now.getTime() - DAY);
  return newScan(before(new Date(Math.min(watermark.getTime(), explained))), now);
}

export function scanOfAll(now: Date): BalanceScan {
  return newScan(null, now);
}

function newScan(from: Date | null, now: Date): BalanceScan {
  const step = from === null ? "payouts" : "movements";
  return { from, startedAt: now, asOf: new Date(), step, cursor: null, comparingAt: null };
}

/** A transaction's time of change is taken before it is committed, and by another clock. */
const LATE_WRITES = 5 * 60_000;

/** Since when payments may have changed that the last complete scan did not compare; null before the first scan. */
export function changedSince({ comparedAt }: BalanceState, { from }: BalanceScan): Date | null {
  return comparedAt ? new Date(comparedAt.getTime() - LATE_WRITES) : from;
}

/** Where the movements continue that Stripe listed after the newest known one. */
export function tailSince({ watermark }: BalanceState, newest: Date): Date {
  return new Date(Math.max(newest.getTime(), watermark?.getTime() ?? 0) - TAIL);
}

function isOlder(time: Date | null, age: number, now: Date): boolean {
  return time === null || now.getTime() - time.getTime() >= age;
}

function before(time: Date): Date {
  return new Date(time.getTime() - OVERLAP);
}

/** Whether movements that do not add up are all scanned again: at once for a new difference, later once a day. */
export function shouldScanAll(state: BalanceState, now: Date): boolean {
  const { allScannedAt, scannedDifferences, differences } = state;
  if (isOlder(allScannedAt, DAY, now)) return true;
  return canonicalJson(differences) !== canonicalJson(scannedDifferences);
}
