import { franchiseeIds, isFranchisee, recordFreshness } from "../store/franchisees.ts";
import { endLease, dryRunLease, readSyncState, saveState, takeLease } from "../store/sync-state.ts";
import { applyAll, preview } from "../store/apply.ts";
import { claimEvent, eventStatuses, interruptedEvents, quarantineEvent } from "../store/stripe-events.ts";
import { unsettled, withFacts } from "../store/transactions.ts";
import type { Ledger } from "./dependencies.ts";

/** The ledger itself. */
export const ledger: Ledger = {
  takeLease,
  saveState,
  endLease,
  readSyncState,
  applyAll,
  unsettled,
  withFacts,
  franchiseeIds,
  recordFreshness,
  isFranchisee,
  claimEvent,
  quarantineEvent,
  eventStatuses,
  interruptedEvents,
};

/** The ledger as it is, for a run that only shows what it would do: it decides, and writes nothing. */
export const untouchedLedger: Ledger = {
  ...ledger,
  takeLease: dryRunLease,
  saveState: (lease, state) => Promise.resolve({ ...lease, state }),
  endLease: (lease, state) => Promise.resolve({ ...lease, state }),
  applyAll: preview,
  recordFreshness: () => Promise.resolve(),
  claimEvent: () => Promise.resolve("new"),
  quarantineEvent: () => Promise.resolve(),
};
