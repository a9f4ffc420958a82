import type { StripeState } from "../store/document.ts";
import type { Pass, SyncState } from "../store/sync-state.ts";

/** What a sync covers. All spans are in milliseconds. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A walk begins this far before the watermark: charges that Stripe lists late are among them. */
const OVERLAP = 60 * MINUTE;
/** A walk ends this far before now: what is younger may not be in Stripe's lists yet. */
const SETTLING = MINUTE;
/** How often a walk goes deep, and how far back: it finds successes that came long after their charge. */
const DEEP_EVERY = DAY;
const DEPTH = 35 * DAY;
/** How far back a payment on which Stripe has not said its last word is looked up: by every run, and by a deep pass. */
const OPEN = 3 * DAY;
const OPEN_DEPTH = 120 * DAY;
/** When a record that no list of Stripe's has shown is looked up. */
const UNKNOWN_AFTER = DAY;
const MAX_REASONS = 20;

/** What a new walk has to cover. The first one covers everything there is. */
export function plan({ watermark, deepPassAt }: SyncState, now: Date, since: Date | undefined): Pass {
  const isDeep = since === undefined && now.getTime() - (deepPassAt?.getTime() ?? 0) >= DEEP_EVERY;
  const overlapping = Math.max((watermark?.getTime() ?? 0) - OVERLAP, 0);
  return {
    from: since ?? new Date(isDeep ? Math.min(overlapping, now.getTime() - DEPTH) : overlapping),
    to: new Date(now.getTime() - SETTLING),
    isDeep,
    cursor: null,
    isDrained: false,
    failures: { count: 0, reasons: [] },
  };
}

/** The state once a pass is through, and everything it found is committed. */
export function stateAfter({ from, to, isDeep }: Pass, { watermark, deepPassAt }: SyncState): SyncState {
  // What was walked joins on to what was complete, or there is a hole between the two.
  const joins = watermark === null || (from <= watermark && watermark < to);
  return { watermark: joins ? to : watermark, deepPassAt: isDeep ? to : deepPassAt, pass: null };
}

/** Payments that could not be taken over, and why; the first few reasons are kept. */
export function withFailures(pass: Pass, more: readonly string[]): Pass {
  const { count, reasons } = pass.failures;
  return { ...pass, failures: { count: count + more.length, reasons: [...reasons, ...more].slice(0, MAX_REASONS) } };
}

/** The walk from its beginning. */
export function restarted(pass: Pass): Pass {
  return { ...pass, cursor: null, isDrained: false, failures: { count: 0, reasons: [] } };
}

/** How much of the walk, which goes from new to old, is behind: 0 to 1. */
export function partBehind({ from, to }: Pass, reached: Date): number {
  return (to.getTime() - reached.getTime()) / Math.max(to.getTime() - from.getTime(), 1);
}

/** Refunds and disputes of which time a run looks for, beside the charges; none before the first sync is through. */
export function movesWindow({ to }: Pass, { watermark }: SyncState): { from: Date; to: Date } | undefined {
  if (!watermark || watermark >= to) return undefined;
  return { from: new Date(watermark.getTime() - OVERLAP), to };
}

/** Which of a franchisee's transactions are looked up in Stripe one by one. */
export interface UnsettledQuery {
  state: StripeState;
  /** On `createdAt`, both included. */
  from: Date;
  to: Date;
}

/**
 * What no list of Stripe's shows: payments that are still open, and records that Stripe may not know. As long as the
 * platform's first walk is not through, most of what is unknown has merely not been reached.
 */
export function unsettledQueries({ isDeep }: Pass, now: Date, hasPlatformBeenWalked: boolean): UnsettledQuery[] {
  const ago = (span: number): Date => new Date(now.getTime() - span);
  const queries: UnsettledQuery[] = [{ state: "open", from: ago(isDeep ? OPEN_DEPTH : OPEN), to: now }];
  if (hasPlatformBeenWalked) {
    queries.push({ state: "unknown", from: new Date(0), to: ago(UNKNOWN_AFTER) });
    if (isDeep) queries.push({ state: "absent", from: ago(DEPTH), to: now });
  }
  return queries;
}
