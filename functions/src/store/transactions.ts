import { type DocumentReference, type DocumentSnapshot, FieldPath, type Query } from "firebase-admin/firestore";
import { type Decision, decide, type DecisionContext, type Observation } from "../domain/ledger.ts";
import type { Transaction } from "../domain/transaction.ts";
import { decodeCursor, encodeCursor, positionOf } from "./cursor.ts";
import { readTransaction, UnreadableDocument, writeTransaction } from "./document.ts";
import { firestore, isContended, operation } from "./firestore.ts";

/** franchisees/{acct}/transactions */
function transactions(franchiseeId: string) {
  return firestore().collection("franchisees").doc(franchiseeId).collection("transactions");
}

/** franchisees/{acct}/transactions/{pi}/revisions/{n}: what the transaction said before change n, and why it changed. */
function revision(transaction: DocumentReference, n: number): DocumentReference {
  return transaction.collection("revisions").doc(String(n));
}

/**
 * Carries one observation into the ledger: decides, and commits what was decided, all of it or nothing.
 * A first record costs one commit and no read; only when the document exists by then is it read.
 * Throws AppError `unavailable` when Firestore cannot serve it.
 */
export async function apply(
  franchiseeId: string,
  observation: Observation,
  context: DecisionContext,
): Promise<Decision> {
  const reference = transactions(franchiseeId).doc(observation.record.stripePaymentId);
  return operation(async (deadline) => {
    const first = decide(null, observation, context);
    if (first.outcome !== "created") return first;
    try {
      // A transaction that reads nothing is a single commit; unlike WriteBatch.commit it keeps to our time limit.
      await firestore().runTransaction(
        (transaction) => {
          transaction.create(reference, writeTransaction(first.next));
          return Promise.resolve();
        },
        { maxAttempts: 1 },
      );
      return first;
    } catch (error) {
      if (!isContended(error)) throw error;
    }

    return firestore().runTransaction(async (transaction) => {
      deadline.check();
      const snapshot = await transaction.get(reference);
      const decision = decide(snapshot.exists ? readTransaction(snapshot) : null, observation, context);
      if (decision.outcome === "created") {
        transaction.create(reference, writeTransaction(decision.next));
      } else if (decision.outcome === "updated") {
        // createdAt stays as it was stored, to the microsecond.
        const { createdAt: _createdAt, ...fields } = writeTransaction(decision.next);
        transaction.update(reference, fields);
        transaction.create(revision(reference, decision.next.revision), {
          revision: decision.next.revision,
          before: snapshot.data(),
          reason: decision.reason,
          replacedAt: decision.next.updatedAt,
        });
      }
      deadline.check();
      return decision;
    });
  });
}

/** Which transactions of a franchisee, newest first. `from` is included, `to` is not. */
export interface TransactionQuery {
  limit: number;
  cursor: string | undefined;
  status: string | undefined;
  from: Date | undefined;
  to: Date | undefined;
}

export interface TransactionPage {
  transactions: Transaction[];
  /** Leads to the next page; null on the last one. */
  nextCursor: string | null;
  /** What is wrong with the documents of this page that cannot be read; they are not among the transactions. */
  unreadable: string[];
}

/**
 * One page of a franchisee's transactions, by `createdAt` and then id, both descending. Every page costs its own
 * documents and one more, however far down the list it is.
 * Throws AppError `invalid_request` for a cursor of another list, `unavailable` when Firestore cannot serve it.
 */
export async function list(franchiseeId: string, page: TransactionQuery): Promise<TransactionPage> {
  const scope = JSON.stringify([franchiseeId, page.status, page.from, page.to]);
  let query: Query = transactions(franchiseeId)
    .orderBy("createdAt", "desc")
    .orderBy(FieldPath.documentId(), "desc")
    .limit(page.limit + 1);
  if (page.status !== undefined) query = query.where("status", "==", page.status);
  if (page.from !== undefined) query = query.where("createdAt", ">=", page.from);
  if (page.to !== undefined) query = query.where("createdAt", "<", page.to);
  if (page.cursor !== undefined) {
    const after = decodeCursor(page.cursor, scope);
    query = query.startAfter(after.createdAt, after.id);
  }

  const { docs } = await operation(() => query.get());
  const shown = docs.slice(0, page.limit);
  const last = docs.length > page.limit ? shown.at(-1) : undefined;
  return {
    ...readAll(shown),
    nextCursor: last === undefined ? null : encodeCursor(positionOf(last), scope),
  };
}

/** One document that cannot be read hides itself, not the others. */
function readAll(snapshots: readonly DocumentSnapshot[]): Pick<TransactionPage, "transactions" | "unreadable"> {
  const page: Pick<TransactionPage, "transactions" | "unreadable"> = { transactions: [], unreadable: [] };
  for (const snapshot of snapshots) {
    try {
      page.transactions.push(readTransaction(snapshot));
    } catch (error) {
      if (!(error instanceof UnreadableDocument)) throw error;
      page.unreadable.push(error.message);
    }
  }
  return page;
}
