import type { Pass, SyncState } from "../store/sync-state.ts";

/** How a walk goes on, and what is left when it is through. */

/** The walk from its beginning. */
export function restarted(pass: Pass): Pass {
  return { ...pass, cursor: null, isDrained: false };
}

/** The state once a pass is through, and everything it found is committed, but for what has failed. */
export function stateAfter({ to, isDeep }: Pass, { deepPassAt }: SyncState, failed: SyncState["failed"]): SyncState {
  return { watermark: to, deepPassAt: isDeep ? to : deepPassAt, pass: null, failed };
}

/** The state after a pass over an account that cannot be read. A walk that has only just begun is none to go on with. */
export function stateUnread({ isDeep, to }: Pass, state: SyncState, isResumed: boolean): SyncState {
  return { ...state, pass: isResumed ? state.pass : null, deepPassAt: isDeep ? to : state.deepPassAt };
}

/** How much of the walk, which goes from new to old, is behind: 0 to 1. */
export function partBehind({ from, to }: Pass, reached: Date): number {
  return (to.getTime() - reached.getTime()) / Math.max(to.getTime() - from.getTime(), 1);
}

/** How far back lies what everything has been read up to, in seconds; null where no sync has come to its end yet. */
export function lagSeconds({ watermark }: SyncState, now: Date): number | null {
  return watermark && Math.round((now.getTime() - watermark.getTime()) / 1000);
}
