import type { StripeEvent } from "../domain/stripe-event.ts";
import type { RecordDefaults } from "../domain/transaction.ts";
import type { Outcome } from "../store/apply.ts";
import type { SyncFreshness, SyncSide } from "../store/franchisees.ts";
import type { EventStatus } from "../store/stripe-events.ts";
import type { Lease, SyncState } from "../store/sync-state.ts";
import type { Unsettled } from "../store/transactions.ts";
import type { Connection } from "../stripe/client.ts";
import type { EventLedger } from "./process-event.ts";
import type { UnsettledQuery } from "./sync-window.ts";

/** The scope of what is charged on the platform's own account. The other scopes are connected accounts. */
export const PLATFORM = "platform";

/** What a sync does in Firestore. */
export interface Ledger extends EventLedger {
  takeLease: (scope: string, owner: string, now: Date) => Promise<Lease | null>;
  saveState: (lease: Lease, state: SyncState, now: Date) => Promise<Lease>;
  endLease: (lease: Lease, state: SyncState) => Promise<Lease>;
  readSyncState: (scope: string) => Promise<SyncState>;
  unsettled: (franchiseeId: string, query: UnsettledQuery) => AsyncIterable<readonly Unsettled[]>;
  withFacts: (stripePaymentId: string, franchiseeIds: readonly string[]) => Promise<string[]>;
  franchiseeIds: () => Promise<string[]>;
  recordFreshness: (side: SyncSide, told: readonly (readonly [string, SyncFreshness])[]) => Promise<void>;
  eventStatuses: (ids: readonly string[]) => Promise<Map<string, EventStatus>>;
  interruptedEvents: (account: string | null, before: Date) => Promise<StripeEvent[]>;
}

export interface SyncParts {
  ledger: Ledger;
  connection: Connection;
  defaults: RecordDefaults;
}

export interface SyncOptions {
  /** Who runs it. A task that is tried again keeps its name, and so its lease. */
  owner: string;
  /**
   * Walk what was created since then, whatever was walked before, and leave the state as it is: neither the watermark nor a
   * walk that is under way is touched, so this can open no hole.
   */
  since?: Date;
  /** The ledger writes nothing, so what it has just been told it does not know afterwards. */
  isDryRun?: boolean;
  now?: () => Date;
  timeLimitMs?: number;
  pageSize?: number;
  onOutcome?: (outcome: Outcome) => void;
  /** How much of the walk is behind, 0 to 1. */
  onProgress?: (part: number) => void;
}
