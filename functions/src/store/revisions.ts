/** franchisees/{acct}/transactions/{pi}/revisions/{n}: what the ledger changed, and why. */
import type { DocumentReference, DocumentSnapshot } from "firebase-admin/firestore";
import { z } from "zod";
import type { Transaction } from "../domain/transaction.ts";
import { readFields, UnreadableDocumentError } from "./transaction-converter.ts";
import { type ReadTime, readAt } from "./snapshot-reads.ts";
import { operation, storedDateSchema as date } from "./firestore.ts";
import { revisionsRef, transactionRef } from "./refs.ts";

export interface Revision {
  revision: number;
  reason: string;
  replacedAt: Date | null;
  /** The transaction as it was before; null where that cannot be read. */
  before: Transaction | null;
}

/** What a hand has put there instead is shown as far as it goes. */
const revisionSchema = z.object({
  reason: z.string().catch("no reason"),
  replacedAt: date.nullable().catch(null),
  before: z.unknown(),
});

/**
 * The changes of a transaction after one moment, up to another, in order. They go by when Firestore committed them, which no clock
 * of ours has a say in.
 */
export async function revisionsBetween(
  after: ReadTime,
  at: ReadTime,
  document: DocumentReference,
): Promise<Revision[]> {
  const { docs } = await readAt(at, (transaction) => transaction.get(revisionsRef(document)));
  return docs
    .filter(({ createTime }) => createTime.valueOf() > after.valueOf())
    .map((snapshot) => revisionOf(document, snapshot))
    .toSorted((a, b) => a.revision - b.revision);
}

/** The last so many changes of a transaction, the last one first. Costs a read each. */
export async function newestRevisions(
  franchiseeId: string,
  stripePaymentId: string,
  limit: number,
): Promise<Revision[]> {
  const document = transactionRef(franchiseeId, stripePaymentId);
  const query = revisionsRef(document).orderBy("revision", "desc").limit(limit);
  const { docs } = await operation(() => query.get());
  return docs.map((snapshot) => revisionOf(document, snapshot));
}

function revisionOf(document: DocumentReference, snapshot: DocumentSnapshot): Revision {
  const { reason, replacedAt, before } = revisionSchema.parse(snapshot.data());
  return { revision: Number(snapshot.id), reason, replacedAt, before: transactionOf(document, before) };
}

function transactionOf(document: DocumentReference, fields: unknown): Transaction | null {
  try {
    return readFields(document, fields);
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return null;
  }
}
