import { canonicalJson } from "../../domain/canonical-json.ts";
import type { BalanceScan, BalanceState } from "../../store/sync-state.ts";

/** What a scan of an account's movements covers. All durations are in milliseconds. */

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** A scan starts this long before the watermark: Stripe may list movements late. */
const OVERLAP = HOUR;

/**
 * The first scan covers all movements. While they do not add up, a scan goes back to when they did: Stripe may list one
 * late. Older ones are found by the daily scan of all.
 */
export function planBalanceScan({ watermark, explainedAt }: BalanceState, now: Date): BalanceScan {
  if (!watermark) return scanOfAll(now);
  const explained = Math.max((explainedAt ?? watermark).getTime(), now.getTime() - DAY);
  return newScan(before(new Date(Math.min(watermark.getTime(), explained))), now);
}

export function scanOfAll(now: Date): BalanceScan {
  return newScan(null, now);
}

function newScan(from: Date | null, now: Date): BalanceScan {
  return { from, startedAt: now, asOf: new Date(), step: from === null ? "payouts" : "movements", cursor: null };
}

/** The start of the last scan, while the movements may have changed since. */
export function tailSince({ watermark }: BalanceState, now: Date): Date {
  return before(watermark ?? now);
}

function before(time: Date): Date {
  return new Date(time.getTime() - OVERLAP);
}

/** Whether movements that do not add up are all scanned again: at once for a new difference, later once a day. */
export function shouldScanAll(state: BalanceState, now: Date): boolean {
  const { allScannedAt, scannedDifferences, differences } = state;
  if (allScannedAt === null || now.getTime() - allScannedAt.getTime() >= DAY) return true;
  return canonicalJson(differences) !== canonicalJson(scannedDifferences);
}
