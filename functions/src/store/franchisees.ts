import { EXCEPTION_STATES } from "../domain/reconciliation-exception.ts";
import type { CheckedBalance } from "./balance-documents.ts";
import { firestore } from "./connection.ts";
import { chunksOf, commit, operation } from "./firestore.ts";
import { franchiseeRef, franchiseesRef, transactionsRef } from "./refs.ts";
import { type FieldChange, Increment, Path } from "./writes.ts";

/** Where payments are charged: on the `platform`, or on the franchisee's own `account`. */
export type SyncSide = "platform" | "account";

/**
 * The result of the last sync of one side: everything until `completeUntil` is recorded, or the error that prevented
 * it.
 */
export type SyncFreshness =
  { completeUntil: Date; lastRunAt: Date; error: null } | { lastRunAt: Date; error: { at: Date; message: string } };

/** All franchisees with a document or a transaction. Costs a read each. */
export async function franchiseeIds(): Promise<string[]> {
  const references = await operation(() => franchiseesRef().listDocuments());
  return references.map(({ id }) => id);
}

/** Of the franchisees' documents; missing ones are omitted. Costs a read each. */
export async function creationTimes(ids: readonly string[]): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map();
  const snapshots = await operation(() => firestore().getAll(...ids.map(franchiseeRef)));
  return new Map(snapshots.flatMap(({ id, createTime }) => (createTime ? [[id, createTime.toDate()] as const] : [])));
}

const known = new Set<string>();

/** Whether a franchisee has a document or a transaction. Costs up to two reads, and none if cached. */
export async function isFranchisee(id: string): Promise<boolean> {
  if (known.has(id)) return true;
  const { exists } = await operation(() => franchiseeRef(id).get());
  const isKnown = exists || !(await operation(() => transactionsRef(id).limit(1).select().get())).empty;
  if (isKnown) known.add(id);
  return isKnown;
}

/** Stores the result of the last sync in each `franchisees/{acct}`, for the portal. Costs a write each. */
export async function recordFreshness(
  side: SyncSide,
  entries: readonly (readonly [franchiseeId: string, SyncFreshness, balance?: CheckedBalance | null])[],
): Promise<void> {
  for (const page of chunksOf(entries, BATCH)) {
    await operation((deadline) =>
      commit((writes) => {
        for (const [id, freshness, balance = null] of page) {
          // A list sorted by exceptions omits documents without the field.
          const exceptions = EXCEPTION_STATES.map((state): FieldChange => [
            new Path("exceptions", state),
            new Increment(0),
          ]);
          const sync = Object.entries(freshness).map(([name, value]): FieldChange => [
            new Path("sync", side, name),
            value,
          ]);
          const checked: FieldChange[] = balance ? [[new Path("balance"), balance]] : [];
          writes.merge(franchiseeRef(id), [...sync, ...exceptions, ...checked]);
        }
      }, deadline),
    );
  }
}

const BATCH = 400;
