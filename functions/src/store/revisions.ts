/** franchisees/{acct}/transactions/{pi}/revisions/{n}: what the ledger changed, and why. */
import type { DocumentReference } from "firebase-admin/firestore";
import { z } from "zod";
import type { Transaction } from "../domain/transaction.ts";
import { readFields, UnreadableDocument } from "./document.ts";
import { type Moment, readAt } from "./moment.ts";
import { storedDateSchema as date } from "./timestamp.ts";

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
export async function revisionsBetween(after: Moment, at: Moment, document: DocumentReference): Promise<Revision[]> {
  const { docs } = await readAt(at, (transaction) => transaction.get(document.collection("revisions")));
  return docs
    .filter(({ createTime }) => createTime.valueOf() > after.valueOf())
    .map((snapshot) => {
      const { reason, replacedAt, before } = revisionSchema.parse(snapshot.data());
      return { revision: Number(snapshot.id), reason, replacedAt, before: transactionOf(document, before) };
    })
    .toSorted((a, b) => a.revision - b.revision);
}

function transactionOf(document: DocumentReference, fields: unknown): Transaction | null {
  try {
    return readFields(document, fields);
  } catch (error) {
    if (!(error instanceof UnreadableDocument)) throw error;
    return null;
  }
}
