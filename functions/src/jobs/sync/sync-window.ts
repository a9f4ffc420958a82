import { ABSENCE_GRACE_MS } from "../../domain/decide.ts";
import type { Scan, SyncState } from "../../store/sync-state.ts";
import type { StripeState } from "../../store/transaction-converter.ts";
import { EVENTS_KEPT_MS } from "../../stripe/events.ts";

/** What a run covers. All durations are in milliseconds. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A scan starts this long before the watermark: Stripe may list charges late. */
const OVERLAP = 60 * MINUTE;
/** A scan ends this long before now: newer charges may not be in Stripe's lists yet. */
const SETTLING = MINUTE;
/** How often a scan goes back 35 days: it finds payments that succeeded long after they were created. */
const RESCAN_EVERY = DAY;
const RESCAN = 35 * DAY;
/** How far back every run fetches payments that may still change at Stripe; a rescan fetches all. */
const OPEN = 3 * DAY;
/** The age from which records that no list of Stripe has shown are fetched, up to 7 days; a rescan fetches all. */
const UNKNOWN_AFTER = ABSENCE_GRACE_MS;
const UNKNOWN = 7 * DAY;

/** What the next scan covers. The first one covers everything. */
export function planScan({ watermark, lastRescanAt }: SyncState, now: Date): Scan {
  const isRescan = now.getTime() - (lastRescanAt?.getTime() ?? 0) >= RESCAN_EVERY;
  const overlapping = Math.max((watermark?.getTime() ?? 0) - OVERLAP, 0);
  const from = isRescan ? Math.min(overlapping, now.getTime() - RESCAN) : overlapping;
  return newScan(new Date(from), now, isRescan);
}

/** A scan that does not change the state. */
export function scanSince(since: Date, now: Date): Scan {
  return newScan(since, now, false);
}

function newScan(from: Date, now: Date, isRescan: boolean): Scan {
  const to = new Date(now.getTime() - SETTLING);
  return { from, to, isRescan, cursor: null, chargesDone: false, updatesProcessed: 0 };
}

export function restarted(scan: Scan): Scan {
  return { ...scan, cursor: null, chargesDone: false };
}

export function stateAfter(
  { to, isRescan }: Scan,
  { lastRescanAt, balances }: SyncState,
  failed: SyncState["failed"],
): SyncState {
  return { watermark: to, lastRescanAt: isRescan ? to : lastRescanAt, scan: null, failed, balances };
}

/** The state after a scan of an inaccessible account. A scan that has just started is discarded. */
export function stateInaccessible({ isRescan, to }: Scan, state: SyncState, isResumed: boolean): SyncState {
  return { ...state, scan: isResumed ? state.scan : null, lastRescanAt: isRescan ? to : state.lastRescanAt };
}

/** The completed part of a scan, 0 to 1. It goes from new to old. */
export function progressOf({ from, to }: Scan, reached: Date): number {
  return (to.getTime() - reached.getTime()) / Math.max(to.getTime() - from.getTime(), 1);
}

/** The watermark's age; null before the first complete sync. */
export function lagSeconds({ watermark }: SyncState, now: Date): number | null {
  return watermark && Math.round((now.getTime() - watermark.getTime()) / 1000);
}

/**
 * The creation times of the refunds and disputes that a run fetches: since the last run, or, in a rescan, since the
 * scan's start, because a refund can fail weeks later. Undefined before the first complete sync.
 */
export function updatesWindow(
  { from, to, isRescan }: Scan,
  { watermark }: SyncState,
): { from: Date; to: Date } | undefined {
  if (!watermark || watermark >= to) return undefined;
  return { from: isRescan ? from : new Date(watermark.getTime() - OVERLAP), to };
}

/**
 * When undelivered events are requested from: the last run, or as far back as Stripe lists events (`isTruncated`).
 * Undefined before the first complete sync, whose scan finds everything.
 */
export function eventsSince({ watermark }: SyncState, now: Date): { since: Date; isTruncated: boolean } | undefined {
  if (!watermark) return undefined;
  const [from, earliest] = [watermark.getTime() - OVERLAP, now.getTime() - EVENTS_KEPT_MS];
  return { since: new Date(Math.max(from, earliest)), isTruncated: from < earliest };
}

/** Transactions to fetch from Stripe one by one. */
interface UnsettledQuery {
  state: StripeState;
  /** The range of `createdAt`, both included. */
  from: Date;
  to: Date;
}

/**
 * Payments that no list of Stripe shows: open ones, and records that Stripe may not know. Before the platform's first
 * complete scan, most unknown records have merely not been reached.
 */
export function unsettledQueries({ isRescan }: Scan, now: Date, isPlatformScanned: boolean): UnsettledQuery[] {
  const ago = (duration: number): Date => new Date(now.getTime() - duration);
  const back = (duration: number): Date => (isRescan ? new Date(0) : ago(duration));
  const queries: UnsettledQuery[] = [{ state: "open", from: back(OPEN), to: now }];
  if (isPlatformScanned) {
    // Before the unknown ones, because these become absent.
    if (isRescan) queries.push({ state: "absent", from: ago(RESCAN), to: now });
    queries.push({ state: "unknown", from: back(UNKNOWN), to: ago(UNKNOWN_AFTER) });
  }
  return queries;
}
