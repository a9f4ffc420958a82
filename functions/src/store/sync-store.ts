import {
  assignMovement,
  countMissingPayouts,
  countMovements,
  countWithoutPayment,
  type MovementSums,
  movementsSince,
  openDeposits,
  paymentsOnBalance,
  readDeposits,
  releaseMovements,
  saveDeposit,
  saveMovements,
  setPayout,
  sumMovements,
  unassignedMovements,
} from "./balances.ts";
import { applyAll, preview, readAhead } from "./apply.ts";
import { franchiseeIds, isFranchisee, recordFreshness } from "./franchisees.ts";
import { claimEvent, eventStatuses, interruptedEvents, quarantineEvent } from "./stripe-events.ts";
import { dryRunLease, endLease, readSyncState, saveState, takeLease } from "./sync-state.ts";
import { changedSince, unsettled, withSnapshot } from "./transactions.ts";

/** The store of the sync and of event processing. */
export const syncStore = {
  applyAll,
  assignMovement,
  changedSince,
  claimEvent,
  countMissingPayouts,
  countMovements,
  countWithoutPayment,
  endLease,
  eventStatuses,
  franchiseeIds,
  interruptedEvents,
  isFranchisee,
  movementsSince,
  openDeposits,
  paymentsOnBalance,
  quarantineEvent,
  readAhead,
  readDeposits,
  readSyncState,
  recordFreshness,
  releaseMovements,
  saveDeposit,
  saveMovements,
  saveState,
  setPayout,
  sumMovements,
  takeLease,
  unassignedMovements,
  unsettled,
  withSnapshot,
};

export type SyncStore = typeof syncStore;
export type EventStore = Pick<
  SyncStore,
  "applyAll" | "claimEvent" | "isFranchisee" | "quarantineEvent" | "readAhead" | "saveDeposit" | "setPayout"
>;

const NOTHING = { reads: 0, writes: 0 };

/** Writes nothing. */
export const dryRunStore: SyncStore = {
  ...syncStore,
  applyAll: preview,
  assignMovement: () => Promise.resolve(),
  claimEvent: () => Promise.resolve({ status: "new", version: null }),
  endLease: (lease, state) => Promise.resolve({ ...lease, state }),
  quarantineEvent: () => Promise.resolve(),
  recordFreshness: () => Promise.resolve(),
  releaseMovements: () => Promise.resolve(0),
  saveDeposit: () => Promise.resolve(NOTHING),
  saveMovements: () => Promise.resolve(NOTHING),
  saveState: (lease, state) => Promise.resolve({ ...lease, state }),
  setPayout: () => Promise.resolve(NOTHING),
  takeLease: dryRunLease,
};

/** Of a sum or a count: one per thousand documents, and one at least (https://firebase.google.com/docs/firestore/pricing). */
function readsOf(count: number): number {
  return Math.max(1, Math.ceil(count / 1_000));
}

function sumOfReads(sums: Iterable<MovementSums>): number {
  return [...sums].reduce((reads, { count }) => reads + readsOf(count), 0);
}

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
    assignMovement: counting(store.assignMovement, () => [1, 1]),
    claimEvent: counting(store.claimEvent, () => [0, 1]),
    countMissingPayouts: counting(store.countMissingPayouts, () => [2, 0]),
    countMovements: counting(store.countMovements, (count) => [readsOf(count), 0]),
    countWithoutPayment: counting(store.countWithoutPayment, () => [1, 0]),
    endLease: counting(store.endLease, () => [0, 1]),
    eventStatuses: counting(store.eventStatuses, (_statuses, ids) => [ids.length, 0]),
    franchiseeIds: counting(store.franchiseeIds, (ids) => [ids.length, 0]),
    interruptedEvents: counting(store.interruptedEvents, ({ events }) => [Math.max(events.length, 1), 0]),
    isFranchisee: store.isFranchisee,
    movementsSince: counting(store.movementsSince, ({ movements }) => [Math.max(movements.length, 1), 0]),
    openDeposits: counting(store.openDeposits, (ids) => [Math.max(ids.length, 1), 0]),
    paymentsOnBalance: counting(store.paymentsOnBalance, (_payments, _id, ids, known) => [
      known ? ids.length : 2 * ids.length,
      0,
    ]),
    quarantineEvent: counting(store.quarantineEvent, () => [0, 1]),
    readAhead: store.readAhead,
    readDeposits: counting(store.readDeposits, (_deposits, _id, ids) => [ids.length, 0]),
    readSyncState: counting(store.readSyncState, () => [1, 0]),
    recordFreshness: counting(store.recordFreshness, (_none, _side, franchisees) => [0, franchisees.length]),
    releaseMovements: counting(store.releaseMovements, (released) => [1 + 2 * released, released]),
    saveDeposit: counting(store.saveDeposit, ({ reads, writes }) => [reads, writes]),
    saveMovements: counting(store.saveMovements, ({ reads, writes }) => [reads, writes]),
    saveState: counting(store.saveState, () => [0, 1]),
    setPayout: counting(store.setPayout, ({ reads, writes }) => [reads, writes]),
    sumMovements: counting(store.sumMovements, (sums) => [3 * sumOfReads(sums.values()), 0]),
    takeLease: counting(store.takeLease, (lease) => [1, lease ? 1 : 0]),
    unassignedMovements: counting(store.unassignedMovements, (found) => [Math.max(found.length, 1), 0]),
    changedSince: (...args) => countPages(store.changedSince(...args), counts),
    unsettled: (...args) => countPages(store.unsettled(...args), counts),
    withSnapshot: counting(store.withSnapshot, (_ids, _payment, candidates) => [candidates.length, 0]),
  };
}

async function* countPages<T>(pages: AsyncIterable<T[]>, counts: OperationCounts): AsyncGenerator<T[]> {
  // A query without results is billed as one read.
  counts.firestoreReads += 1;
  for await (const page of pages) {
    counts.firestoreReads += page.length;
    yield page;
  }
}
