/**
 * franchisees/{acct}/transactions/{pi}/revisions/{n}: the transaction before change n, and the reason of the change.
 */
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
  /** Null if it cannot be read. */
  before: Transaction | null;
}

/** Tolerates values written by hand. */
const revisionSchema = z.object({
  reason: z.string().catch("no reason"),
  replacedAt: date.nullable().catch(null),
  before: z.unknown(),
});

/** The changes of a transaction between two read times, in order. Compares commit times, not our clocks. */
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

/** Newest first. Costs a read each. */
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
