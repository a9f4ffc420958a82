import { commit, firestore, operation } from "./firestore.ts";
import { transactions } from "./transactions.ts";

/** How fresh a franchisee's money is, by where it was charged: on the `platform`, or on the franchisee's own `account`. */
export type SyncSide = "platform" | "account";

/** How the last sync of one side went: everything until `completeUntil` is there; `error` says why it is not later. */
export type SyncFreshness =
  { completeUntil: Date; lastRunAt: Date; error: null } | { lastRunAt: Date; error: { at: Date; message: string } };

/** The ids of all franchisees that have a document or a transaction. Costs a read each. */
export async function franchiseeIds(): Promise<string[]> {
  const references = await operation(() => firestore().collection("franchisees").listDocuments());
  return references.map(({ id }) => id);
}

const known = new Set<string>();

/**
 * Whether a franchisee has a document or a transaction. Costs a read or two, and none for one that has been seen before: who
 * is a franchisee stays one.
 */
export async function isFranchisee(id: string): Promise<boolean> {
  if (known.has(id)) return true;
  const reference = firestore().collection("franchisees").doc(id);
  const { exists } = await operation(() => reference.get());
  const isKnown = exists || !(await operation(() => transactions(id).limit(1).select().get())).empty;
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
          const reference = firestore().collection("franchisees").doc(id);
          transaction.set(reference, { sync: { [side]: freshness } }, { merge: true });
        }
      }),
    );
  }
}

const BATCH = 400;
