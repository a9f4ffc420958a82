import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { commit, isAborted, isOutdated, operation, storedDateSchema as date } from "./firestore.ts";
import { syncStatesRef } from "./refs.ts";
import { changesOf, type Writes } from "./writes.ts";

/** The scope of what is charged on the platform's own account. The other scopes are connected accounts. */
export const PLATFORM = "platform";

/** A scan of Stripe's charges in progress: those created from `from` to `to`, newest first. */
export interface Scan {
  from: Date;
  to: Date;
  /** Whether it is a 35-day rescan. */
  isDeep: boolean;
  /** The last committed charge, after which the scan resumes. Null at the start. */
  cursor: string | null;
  /** Whether every charge is committed. */
  isDrained: boolean;
  /** How many of the updated payments that are too old for the scan are processed. */
  movedBehind: number;
}

/** A payment that could not be imported, and why. */
export interface FailedPayment {
  stripePaymentId: string;
  franchiseeId: string | null;
  reason: string;
}

/** The progress of the sync of one scope: `platform`, or a connected account. */
export interface SyncState {
  /** Everything created in Stripe until then is in the ledger. Null before the first complete sync. */
  watermark: Date | null;
  /** When the last complete 35-day rescan started. */
  deepPassAt: Date | null;
  /** The scan in progress. */
  pass: Scan | null;
  /** Payments before the watermark that could not be imported. Every run retries them. */
  failed: FailedPayment[];
}

/** The state, held by one run: no other run works on the scope while each save comes within LEASE_MS of the last. */
export interface Lease {
  scope: string;
  owner: string;
  state: SyncState;
  /** The version of the document that this run wrote. */
  version: Timestamp;
}

/** Another run took the lease: this one was slower than LEASE_MS. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/** The longest time between two saves, and how long a crashed run blocks the next one. */
export const LEASE_MS = 5 * 60 * 1000;

const documentSchema = z.object({
  watermark: date.nullable(),
  deepPassAt: date.nullable(),
  pass: z
    .object({
      from: date,
      to: date,
      isDeep: z.boolean(),
      cursor: z.string().nullable(),
      isDrained: z.boolean(),
      movedBehind: z.int(),
    })
    .nullable(),
  failed: z.array(z.object({ stripePaymentId: z.string(), franchiseeId: z.string().nullable(), reason: z.string() })),
  lease: z.object({ owner: z.string(), until: date }).nullable(),
});

const NEW: z.infer<typeof documentSchema> = { watermark: null, deepPassAt: null, pass: null, failed: [], lease: null };

function read(snapshot: DocumentSnapshot): z.infer<typeof documentSchema> {
  return snapshot.exists ? documentSchema.parse(snapshot.data()) : NEW;
}

export async function readSyncState(scope: string): Promise<SyncState> {
  const { lease: _lease, ...state } = read(await operation(() => syncStatesRef().doc(scope).get()));
  return state;
}

/** The state of a scope, and its lease. */
export interface ScopeState extends SyncState {
  scope: string;
  /** When its first sync began. */
  createdAt: Date;
  lease: { owner: string; until: Date } | null;
}

/** The states of all scopes that have one. Costs a read each. */
export async function syncStates(): Promise<ScopeState[]> {
  const { docs } = await operation(() => syncStatesRef().get());
  return docs.map((snapshot) =>
    Object.assign(read(snapshot), { scope: snapshot.id, createdAt: snapshot.createTime.toDate() }),
  );
}

/**
 * Takes the lease on a scope; null while another run holds it. Its owner may take it again, so that a retried task
 * resumes after a crash. Costs one read and one write.
 */
export async function takeLease(scope: string, owner: string, now: Date): Promise<Lease | null> {
  const snapshot = await operation(() => syncStatesRef().doc(scope).get());
  const { lease, ...state } = read(snapshot);
  if (lease && lease.owner !== owner && lease.until > now) return null;
  const fields = { ...state, lease: leaseUntil(owner, now) };
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
    // Another run took it at the same moment; or this one did, and lost the response.
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

/** A lease for a run that writes nothing. It does not resume the scan of another run. */
export async function dryRunLease(scope: string, owner: string): Promise<Lease> {
  const state = await readSyncState(scope);
  return { scope, owner, state: { ...state, pass: null }, version: Timestamp.now() };
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
  const fields = { ...state, lease: until };
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
