import { ABSENCE_GRACE_MS } from "../domain/decide.ts";
import type { StripeState } from "../store/transaction-converter.ts";
import type { Pass, SyncState } from "../store/sync-state.ts";
import { EVENTS_KEPT_MS } from "../stripe/events.ts";

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
/** How far back every run looks up payments on which Stripe has not said its last word; a deep pass looks up all. */
const OPEN = 3 * DAY;
/** When a record that no list of Stripe's has shown is looked up, and how far back every run does it; a deep pass, all. */
const UNKNOWN_AFTER = ABSENCE_GRACE_MS;
const UNKNOWN = 7 * DAY;

/** What a new walk has to cover. The first one covers everything there is. */
export function plan({ watermark, deepPassAt }: SyncState, now: Date): Pass {
  const isDeep = now.getTime() - (deepPassAt?.getTime() ?? 0) >= DEEP_EVERY;
  const overlapping = Math.max((watermark?.getTime() ?? 0) - OVERLAP, 0);
  const from = isDeep ? Math.min(overlapping, now.getTime() - DEPTH) : overlapping;
  return walkFrom(new Date(from), now, isDeep);
}

/** A walk of its own, beside what the state says: it begins where it is told to. */
export function walkSince(since: Date, now: Date): Pass {
  return walkFrom(since, now, false);
}

function walkFrom(from: Date, now: Date, isDeep: boolean): Pass {
  const to = new Date(now.getTime() - SETTLING);
  return { from, to, isDeep, cursor: null, isDrained: false, movedBehind: 0 };
}

/**
 * Refunds and disputes of which time a run looks for, beside the charges: those since the last run. A deep pass goes back as
 * far as its walk, since a refund can fail weeks after it was made. None before the first sync is through.
 */
export function movesWindow(
  { from, to, isDeep }: Pass,
  { watermark }: SyncState,
): { from: Date; to: Date } | undefined {
  if (!watermark || watermark >= to) return undefined;
  return { from: isDeep ? from : new Date(watermark.getTime() - OVERLAP), to };
}

/**
 * Since when a run asks Stripe for events that no webhook brought: since the last run. None before the first sync is through,
 * for its walk finds everything. Stripe forgets events; `isLate` says that some of the time lies beyond that.
 */
export function eventsSince({ watermark }: SyncState, now: Date): { since: Date; isLate: boolean } | undefined {
  if (!watermark) return undefined;
  const [from, earliest] = [watermark.getTime() - OVERLAP, now.getTime() - EVENTS_KEPT_MS];
  return { since: new Date(Math.max(from, earliest)), isLate: from < earliest };
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
  const back = (span: number): Date => (isDeep ? new Date(0) : ago(span));
  const queries: UnsettledQuery[] = [{ state: "open", from: back(OPEN), to: now }];
  if (hasPlatformBeenWalked) {
    // Before the unknown ones, which it would find a second time.
    if (isDeep) queries.push({ state: "absent", from: ago(DEPTH), to: now });
    queries.push({ state: "unknown", from: back(UNKNOWN), to: ago(UNKNOWN_AFTER) });
  }
  return queries;
}
