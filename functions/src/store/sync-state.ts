import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { commit, isAborted, isOutdated, operation, storedDateSchema as date } from "./firestore.ts";
import { syncStatesRef } from "./refs.ts";
import { changesOf, type Writes } from "./writes.ts";

/** The scope of charges on the platform's own account. Other scopes are connected accounts. */
export const PLATFORM = "platform";

const failedPaymentSchema = z.object({
  stripePaymentId: z.string(),
  franchiseeId: z.string().nullable(),
  reason: z.string(),
});

/** A payment that could not be imported. */
export type FailedPayment = z.infer<typeof failedPaymentSchema>;

const scanSchema = z
  .object({
    from: date,
    to: date,
    isDeep: z.boolean(),
    /** The last committed charge, after which the scan resumes. Null at the start. */
    cursor: z.string().nullable(),
    isDrained: z.boolean(),
    movedBehind: z.int(),
  })
  .transform(({ isDeep, isDrained, movedBehind, ...scan }) => ({
    ...scan,
    /** Whether it is a 35-day rescan. */
    isRescan: isDeep,
    /** Whether every charge is committed. */
    chargesDone: isDrained,
    /** How many of the updated payments that are too old for the scan are processed. */
    updatesProcessed: movedBehind,
  }));

const balanceScanSchema = z.object({
  /** The earliest creation of the movements; null for all. */
  from: date.nullable(),
  /** When it was started, by this service's clock, and by Stripe's connection. */
  startedAt: date,
  asOf: date,
  /** Only a scan of all movements begins with the payouts. */
  step: z.enum(["payouts", "movements", "payments"]),
  /** The last committed object of the step, after which the scan resumes. Null at its start. */
  cursor: z.string().nullable(),
  /** When it began to compare the payments. */
  comparingAt: date.nullable().default(null),
});

/** A scan of the movements on the account's balance in progress, newest first; then of their payments. */
export type BalanceScan = z.infer<typeof balanceScanSchema>;

const balanceStateSchema = z.object({
  /** Every movement until then is stored. Null before the first complete scan. */
  watermark: date.nullable(),
  scan: balanceScanSchema.nullable(),
  /** When the last scan of all movements started. */
  allScannedAt: date.nullable(),
  /** Since when the movements do not add up to Stripe's balance. */
  unexplainedSince: date.nullable(),
  /** How much they exceed it, by currency; and the same when all were last scanned. */
  differences: z.record(z.string(), z.number()),
  scannedDifferences: z.record(z.string(), z.number()),
  /** The currencies of the movements. */
  currencies: z.array(z.string()),
  /** Payments that disagreed with their movements. Every run compares them again. */
  disagreeing: z.array(z.string()),
  /** Movements whose payment could not be read. Every run retries them. */
  unread: z.array(z.string()),
  /** When the last complete scan began to compare the payments. */
  comparedAt: date.nullable().default(null),
  /** When the last scan started after which the movements added up. */
  explainedAt: date.nullable().default(null),
  /** How many movements had no payment at the end of the last run. */
  withoutPayment: z.int().nullable().default(null),
  /** How many movements were stored then. */
  stored: z.int().nullable().default(null),
});

export type BalanceState = z.infer<typeof balanceStateSchema>;

export const NO_BALANCES: BalanceState = {
  watermark: null,
  scan: null,
  allScannedAt: null,
  unexplainedSince: null,
  differences: {},
  scannedDifferences: {},
  currencies: [],
  disagreeing: [],
  unread: [],
  comparedAt: null,
  explainedAt: null,
  withoutPayment: null,
  stored: null,
};

/** A scan of Stripe's charges in progress: those created from `from` to `to`, newest first. */
export type Scan = z.infer<typeof scanSchema>;

/** The stored fields keep the names of earlier versions. */
const documentSchema = z
  .object({
    /** Everything created in Stripe until then is in the ledger. Null before the first complete sync. */
    watermark: date.nullable(),
    deepPassAt: date.nullable(),
    pass: scanSchema.nullable(),
    /** Payments before the watermark that could not be imported. Every run retries them. */
    failed: z.array(failedPaymentSchema),
    lease: z.object({ owner: z.string(), until: date }).nullable(),
    /** Of a connected account. Documents of earlier versions lack it. */
    balances: balanceStateSchema.default(NO_BALANCES),
  })
  .transform(({ deepPassAt, pass, ...state }) => ({
    ...state,
    /** When the last complete 35-day rescan started. */
    lastRescanAt: deepPassAt,
    /** The scan in progress. */
    scan: pass,
  }));

type StoredState = z.infer<typeof documentSchema>;

/** The progress of the sync of one scope: `platform`, or a connected account. */
export type SyncState = Omit<StoredState, "lease">;

/** One run's exclusive right to sync a scope, as long as each save follows the last within LEASE_MS. */
export interface Lease {
  scope: string;
  owner: string;
  state: SyncState;
  /** The version of the document that this run wrote. */
  version: Timestamp;
}

/** This run was slower than LEASE_MS, and another took the lease. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/** The longest time between two saves, and how long a crashed run blocks the next one. */
export const LEASE_MS = 5 * 60 * 1000;

const NEW: StoredState = {
  watermark: null,
  lastRescanAt: null,
  scan: null,
  failed: [],
  balances: NO_BALANCES,
  lease: null,
};

function read(snapshot: DocumentSnapshot): StoredState {
  return snapshot.exists ? documentSchema.parse(snapshot.data()) : NEW;
}

function toFields({ lastRescanAt, scan, ...state }: StoredState): Record<string, unknown> {
  if (!scan) return { ...state, deepPassAt: lastRescanAt, pass: null };
  const { isRescan: isDeep, chargesDone: isDrained, updatesProcessed: movedBehind, ...rest } = scan;
  return { ...state, deepPassAt: lastRescanAt, pass: { ...rest, isDeep, isDrained, movedBehind } };
}

export async function readSyncState(scope: string): Promise<SyncState> {
  const { lease: _lease, ...state } = read(await operation(() => syncStatesRef().doc(scope).get()));
  return state;
}

export interface ScopeState extends StoredState {
  scope: string;
  /** When its first sync began. */
  createdAt: Date;
}

/** Costs a read each. */
export async function syncStates(): Promise<ScopeState[]> {
  const { docs } = await operation(() => syncStatesRef().get());
  return docs.map((snapshot) =>
    Object.assign(read(snapshot), { scope: snapshot.id, createdAt: snapshot.createTime.toDate() }),
  );
}

/**
 * Returns null while another run holds the lease. The same owner may take it again, so that a retried task resumes
 * after a crash. Costs a read and a write.
 */
export async function takeLease(scope: string, owner: string, now: Date): Promise<Lease | null> {
  const snapshot = await operation(() => syncStatesRef().doc(scope).get());
  const { lease, ...state } = read(snapshot);
  if (lease && lease.owner !== owner && lease.until > now) return null;
  const fields = toFields({ ...state, lease: leaseUntil(owner, now) });
  const { updateTime } = snapshot;
  try {
    const version = await writeState((writes) =>
      updateTime
        ? writes.update(snapshot.ref, changesOf(fields), { lastUpdateTime: updateTime })
        : writes.create(snapshot.ref, fields),
    );
    return { scope, owner, state, version };
  } catch (error) {
    if (!isOutdated(error)) throw error;
    // Another run took it at the same time, or this one did and lost the response.
    return heldBy(owner, scope);
  }
}

/** Returns the update time. */
async function writeState(write: (writes: Writes) => void): Promise<Timestamp> {
  const { updateTimes } = await operation((deadline) => commit(write, deadline, isAborted));
  return z.instanceof(Timestamp).parse(updateTimes[0]);
}

/** The lease on a scope, if this owner has it. */
async function heldBy(owner: string, scope: string): Promise<Lease | null> {
  const snapshot = await operation(() => syncStatesRef().doc(scope).get());
  const { lease, ...state } = read(snapshot);
  if (lease?.owner !== owner || !snapshot.updateTime) return null;
  return { scope, owner, state, version: snapshot.updateTime };
}

/** For a run that writes nothing. It does not resume another run's scan. */
export async function dryRunLease(scope: string, owner: string): Promise<Lease> {
  const state = await readSyncState(scope);
  return { scope, owner, state: { ...state, scan: null }, version: Timestamp.now() };
}

/**
 * Lets the next sync of an account list all its payouts and movements. Returns false while a run holds the lease.
 * Throws LeaseLostError.
 */
export async function scanMovementsAgain(scope: string, owner: string, now: Date): Promise<boolean> {
  const lease = await takeLease(scope, owner, now);
  if (!lease) return false;
  const balances = { ...lease.state.balances, watermark: null, scan: null };
  await endLease(lease, { ...lease.state, balances });
  return true;
}

/** Saves the state and renews the lease. Throws LeaseLostError. */
export function saveState(lease: Lease, state: SyncState, now: Date): Promise<Lease> {
  return save(lease, state, leaseUntil(lease.owner, now));
}

/** Saves the state and releases the lease. Throws LeaseLostError. */
export function endLease(lease: Lease, state: SyncState): Promise<Lease> {
  return save(lease, state, null);
}

async function save(lease: Lease, state: SyncState, until: ReturnType<typeof leaseUntil> | null): Promise<Lease> {
  const fields = toFields({ ...state, lease: until });
  try {
    const version = await writeState((writes) =>
      writes.update(syncStatesRef().doc(lease.scope), changesOf(fields), { lastUpdateTime: lease.version }),
    );
    return { ...lease, state, version };
  } catch (error) {
    if (!isOutdated(error)) throw error;
    throw new LeaseLostError(`Another run took the lease on ${lease.scope}.`, { cause: error });
  }
}

function leaseUntil(owner: string, now: Date) {
  return { owner, until: new Date(now.getTime() + LEASE_MS) };
}
