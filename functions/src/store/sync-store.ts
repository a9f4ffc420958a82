import { applyAll, preview, readAhead } from "./apply.ts";
import { franchiseeIds, isFranchisee, recordFreshness } from "./franchisees.ts";
import { claimEvent, eventStatuses, interruptedEvents, quarantineEvent } from "./stripe-events.ts";
import { dryRunLease, endLease, readSyncState, saveState, takeLease } from "./sync-state.ts";
import { unsettled, withSnapshot } from "./transactions.ts";

/** The store of the sync and of event processing. */
export const syncStore = {
  applyAll,
  claimEvent,
  endLease,
  eventStatuses,
  franchiseeIds,
  interruptedEvents,
  isFranchisee,
  quarantineEvent,
  readAhead,
  readSyncState,
  recordFreshness,
  saveState,
  takeLease,
  unsettled,
  withSnapshot,
};

export type SyncStore = typeof syncStore;
export type EventStore = Pick<SyncStore, "applyAll" | "claimEvent" | "isFranchisee" | "quarantineEvent" | "readAhead">;

/** Writes nothing. */
export const dryRunStore: SyncStore = {
  ...syncStore,
  applyAll: preview,
  claimEvent: () => Promise.resolve({ status: "new", version: null }),
  endLease: (lease, state) => Promise.resolve({ ...lease, state }),
  quarantineEvent: () => Promise.resolve(),
  recordFreshness: () => Promise.resolve(),
  saveState: (lease, state) => Promise.resolve({ ...lease, state }),
  takeLease: dryRunLease,
};

/** Documents read and written. */
export interface OperationCounts {
  firestoreReads: number;
  firestoreWrites: number;
}

/**
 * The same store, which adds its reads and writes to `counts`, except those of `isFranchisee`, at most two per account.
 */
export function countOperations(store: SyncStore, counts: OperationCounts): SyncStore {
  const counting = <Args extends unknown[], T>(
    call: (...args: Args) => Promise<T>,
    cost: (result: T, ...args: Args) => [reads: number, writes: number],
  ) => {
    return async (...args: Args): Promise<T> => {
      const result = await call(...args);
      const [reads, writes] = cost(result, ...args);
      counts.firestoreReads += reads;
      counts.firestoreWrites += writes;
      return result;
    };
  };
  return {
    applyAll: counting(store.applyAll, ({ reads, writes }) => [reads, writes]),
    claimEvent: counting(store.claimEvent, () => [0, 1]),
    endLease: counting(store.endLease, () => [0, 1]),
    eventStatuses: counting(store.eventStatuses, (_statuses, ids) => [ids.length, 0]),
    franchiseeIds: counting(store.franchiseeIds, (ids) => [ids.length, 0]),
    interruptedEvents: counting(store.interruptedEvents, ({ events }) => [Math.max(events.length, 1), 0]),
    isFranchisee: store.isFranchisee,
    quarantineEvent: counting(store.quarantineEvent, () => [0, 1]),
    readAhead: store.readAhead,
    readSyncState: counting(store.readSyncState, () => [1, 0]),
    recordFreshness: counting(store.recordFreshness, (_none, _side, franchisees) => [0, franchisees.length]),
    saveState: counting(store.saveState, () => [0, 1]),
    takeLease: counting(store.takeLease, (lease) => [1, lease ? 1 : 0]),
    unsettled: async function* (...args) {
      // A query without results is billed as one read.
      counts.firestoreReads += 1;
      for await (const page of store.unsettled(...args)) {
        counts.firestoreReads += page.length;
        yield page;
      }
    },
    withSnapshot: counting(store.withSnapshot, (_ids, _payment, candidates) => [candidates.length, 0]),
  };
}
