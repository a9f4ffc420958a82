import { FieldValue } from "firebase-admin/firestore";
import { EXCEPTION_STATES } from "../domain/reconciliation-exception.ts";
import { commit, firestore, operation } from "./firestore.ts";
import { franchiseeRef, franchiseesRef, transactionsRef } from "./refs.ts";

/** How fresh a franchisee's money is, by where it was charged: on the `platform`, or on the franchisee's own `account`. */
export type SyncSide = "platform" | "account";

/** How the last sync of one side went: everything until `completeUntil` is there; `error` says why it is not later. */
export type SyncFreshness =
  { completeUntil: Date; lastRunAt: Date; error: null } | { lastRunAt: Date; error: { at: Date; message: string } };

/** The ids of all franchisees that have a document or a transaction. Costs a read each. */
export async function franchiseeIds(): Promise<string[]> {
  const references = await operation(() => franchiseesRef().listDocuments());
  return references.map(({ id }) => id);
}

/** When the documents of these franchisees were made; one that has none is not in it. Costs a read each. */
export async function createdAt(ids: readonly string[]): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map();
  const snapshots = await operation(() => firestore().getAll(...ids.map(franchiseeRef)));
  return new Map(snapshots.flatMap(({ id, createTime }) => (createTime ? [[id, createTime.toDate()] as const] : [])));
}

const known = new Set<string>();

/**
 * Whether a franchisee has a document or a transaction. Costs a read or two, and none for one that has been seen before: who
 * is a franchisee stays one.
 */
export async function isFranchisee(id: string): Promise<boolean> {
  if (known.has(id)) return true;
  const { exists } = await operation(() => franchiseeRef(id).get());
  const isKnown = exists || !(await operation(() => transactionsRef(id).limit(1).select().get())).empty;
  if (isKnown) known.add(id);
  return isKnown;
}

/** Writes to each `franchisees/{acct}`, for the portal to show, how the last sync went. Costs a write each. */
export async function recordFreshness(
  side: SyncSide,
  told: readonly (readonly [franchiseeId: string, SyncFreshness])[],
): Promise<void> {
  for (let start = 0; start < told.length; start += BATCH) {
    const page = told.slice(start, start + BATCH);
    await operation(() =>
      commit((transaction) => {
        for (const [id, freshness] of page) {
          // Lists go by the number of exceptions: whoever has none yet is in them all the same.
          const exceptions = Object.fromEntries(EXCEPTION_STATES.map((state) => [state, FieldValue.increment(0)]));
          transaction.set(franchiseeRef(id), { sync: { [side]: freshness }, exceptions }, { merge: true });
        }
      }),
    );
  }
}

const BATCH = 400;
