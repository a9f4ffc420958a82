import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { isOutdated, operation, storedDateSchema as date } from "./firestore.ts";
import { syncStatesRef } from "./refs.ts";

/** A walk through Stripe's charges that is under way: those created from `from` to `to`, newest first. */
export interface Pass {
  from: Date;
  to: Date;
  /** Whether it goes back far enough to find what came late. */
  isDeep: boolean;
  /** The last charge that is committed; the walk goes on after it. Null at the beginning. */
  cursor: string | null;
  /** Whether every charge is committed, and what remains are the payments that no list shows. */
  isDrained: boolean;
  /** How many of the payments that moved since the last run, but are too old for the walk, are behind. */
  movedBehind: number;
}

/** A payment that could not be taken over: whose it is, if that is known, and why. */
export interface FailedPayment {
  stripePaymentId: string;
  franchiseeId: string | null;
  reason: string;
}

/** How far the sync of one scope has come: `platform`, or a connected account. */
export interface SyncState {
  /** Everything created in Stripe until then is in the ledger. Null before the first sync has come to its end. */
  watermark: Date | null;
  /** When the last deep pass began that came to its end. */
  deepPassAt: Date | null;
  pass: Pass | null;
  /** Payments before the watermark that are not in the ledger as they should be. Every run tries them again. */
  failed: FailedPayment[];
}

/** The state, held by one run: nobody else works on the scope as long as each save comes within LEASE_MS of the last. */
export interface Lease {
  scope: string;
  owner: string;
  state: SyncState;
  /** The version of the document that this run wrote. */
  version: Timestamp;
}

/** Another run has taken over: this one has been slower than its lease. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/** How long a run may take from one save to the next; whoever crashed is waited for that long. */
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

/** How far the sync of a scope has come. */
export async function readSyncState(scope: string): Promise<SyncState> {
  const { lease: _lease, ...state } = read(await operation(() => syncStatesRef().doc(scope).get()));
  return state;
}

/** How far the sync of a scope has come, and who holds it until when. */
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
 * Takes the lease on a scope; null while another run holds it. The owner of a lease may take it again: that is how a
 * task that crashed goes on when it is tried again. Costs one read and one write.
 */
export async function takeLease(scope: string, owner: string, now: Date): Promise<Lease | null> {
  const snapshot = await operation(() => syncStatesRef().doc(scope).get());
  const { lease, ...state } = read(snapshot);
  if (lease && lease.owner !== owner && lease.until > now) return null;
  const fields = { ...state, lease: leaseUntil(owner, now) };
  const { updateTime } = snapshot;
  try {
    const { writeTime } = await operation(() =>
      updateTime
        ? syncStatesRef().doc(scope).update(fields, { lastUpdateTime: updateTime })
        : syncStatesRef().doc(scope).create(fields),
    );
    return { scope, owner, state, version: writeTime };
  } catch (error) {
    if (!isOutdated(error)) throw error;
    // Somebody else took it at the same moment; or this run did, and did not hear of it.
    return heldBy(owner, scope);
  }
}

/** The lease on a scope, if this owner has it. */
async function heldBy(owner: string, scope: string): Promise<Lease | null> {
  const snapshot = await operation(() => syncStatesRef().doc(scope).get());
  const { lease, ...state } = read(snapshot);
  if (lease?.owner !== owner || !snapshot.updateTime) return null;
  return { scope, owner, state, version: snapshot.updateTime };
}

/**
 * A lease that is not taken, for a run that writes nothing. A walk that another run has begun is not gone on with.
 */
export async function dryRunLease(scope: string, owner: string): Promise<Lease> {
  const state = await readSyncState(scope);
  return { scope, owner, state: { ...state, pass: null }, version: Timestamp.now() };
}

/** Saves the state and goes on holding the lease. Throws LeaseLostError when another run has taken it. */
export function saveState(lease: Lease, state: SyncState, now: Date): Promise<Lease> {
  return save(lease, state, leaseUntil(lease.owner, now));
}

/** Saves the state and gives the lease back. Throws LeaseLostError when another run has taken it. */
export function endLease(lease: Lease, state: SyncState): Promise<Lease> {
  return save(lease, state, null);
}

async function save(lease: Lease, state: SyncState, until: ReturnType<typeof leaseUntil> | null): Promise<Lease> {
  const fields = { ...state, lease: until };
  try {
    const { writeTime } = await operation(() =>
      syncStatesRef().doc(lease.scope).update(fields, { lastUpdateTime: lease.version }),
    );
    return { ...lease, state, version: writeTime };
  } catch (error) {
    if (!isOutdated(error)) throw error;
    throw new LeaseLostError(`Another run has taken over the sync of ${lease.scope}.`, { cause: error });
  }
}

function leaseUntil(owner: string, now: Date) {
  return { owner, until: new Date(now.getTime() + LEASE_MS) };
}
