import { FieldPath } from "firebase-admin/firestore";
import { CHARGE_MODES, type StripeSnapshot } from "../domain/stripe-snapshot.ts";
import type { Transaction } from "../domain/transaction.ts";
import { decodeCursor, encodeCursor, positionOf } from "./cursor.ts";
import { readEntry, fromFirestore, type StripeState } from "./transaction-converter.ts";
import { firestore } from "./connection.ts";
import { operation } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { transactionRef, transactionsRef } from "./refs.ts";
import { type Selection, selected } from "./snapshot-reads.ts";

/** A transaction to fetch from Stripe. */
export interface Unsettled {
  stripePaymentId: string;
  /** Null if unknown. */
  mode: StripeSnapshot["mode"] | null;
}

/** Page by page, oldest first. */
export async function* unsettled(
  franchiseeId: string,
  { state, from, to }: { state: StripeState; from: Date; to: Date },
): AsyncGenerator<Unsettled[]> {
  const query = transactionsRef(franchiseeId)
    .where("stripeState", "==", state)
    .where("createdAt", ">=", from)
    .where("createdAt", "<=", to)
    .orderBy("createdAt")
    .select("stripe.mode", "createdAt");
  for await (const docs of paginate(query, UNSETTLED_PAGE)) {
    yield docs.map((snapshot) => ({
      stripePaymentId: snapshot.id,
      mode: CHARGE_MODES.find((mode) => mode === snapshot.get("stripe.mode")) ?? null,
    }));
  }
}

/** The payments whose transaction has changed since then, page by page. */
export async function* changedSince(franchiseeId: string, since: Date): AsyncGenerator<string[]> {
  const query = transactionsRef(franchiseeId).where("updatedAt", ">=", since).orderBy("updatedAt").select("updatedAt");
  for await (const docs of paginate(query, UNSETTLED_PAGE)) yield docs.map(({ id }) => id);
}

const UNSETTLED_PAGE = 100;

/** The franchisees whose transaction of this payment has a Stripe snapshot. Costs a read each. */
export async function withSnapshot(stripePaymentId: string, franchiseeIds: readonly string[]): Promise<string[]> {
  const references = franchiseeIds.map((id) => transactionRef(id, stripePaymentId));
  const snapshots = await operation(() => firestore().getAll(...references, { fieldMask: ["stripe.asOf"] }));
  return franchiseeIds.filter((_id, index) => snapshots[index]?.get("stripe.asOf") !== undefined);
}

/** Null if there is none. Throws UnreadableDocumentError. */
export async function readTransaction(franchiseeId: string, stripePaymentId: string): Promise<Transaction | null> {
  const snapshot = await operation(() => transactionRef(franchiseeId, stripePaymentId).get());
  return snapshot.exists ? fromFirestore(snapshot) : null;
}

export interface TransactionQuery {
  limit: number;
  cursor: string | undefined;
  selection: Selection;
}

export interface TransactionPage {
  transactions: Transaction[];
  /** Leads to the next page; null on the last one. */
  nextCursor: string | null;
  /** Why documents of this page cannot be read; the page omits them. */
  unreadable: string[];
}

/**
 * By `createdAt` and then id, both descending. Costs a read per document, and one more. Throws AppError
 * `invalid_request` for a cursor of another list, `unavailable`.
 */
export async function transactionPage(
  franchiseeId: string,
  { limit, cursor, selection }: TransactionQuery,
): Promise<TransactionPage> {
  const { status, from, to, currency, has } = selection;
  // Without these two, cursors of earlier versions remain valid.
  const more = currency === undefined && has === undefined ? [] : [currency, has];
  const scope = JSON.stringify([franchiseeId, status, from, to, ...more]);
  const newestFirst = transactionsRef(franchiseeId)
    .orderBy("createdAt", "desc")
    .orderBy(FieldPath.documentId(), "desc")
    .limit(limit + 1);
  let query = selected(newestFirst, selection);
  if (cursor !== undefined) {
    const after = decodeCursor(cursor, scope);
    query = query.startAfter(after.key, after.id);
  }

  const { docs } = await operation(() => query.get());
  const shown = docs.slice(0, limit);
  const last = docs.length > limit ? shown.at(-1) : undefined;
  const entries = shown.map(readEntry);
  return {
    transactions: entries.flatMap((entry) => ("transaction" in entry ? [entry.transaction] : [])),
    unreadable: entries.flatMap((entry) => ("unreadable" in entry ? [entry.unreadable] : [])),
    nextCursor: last === undefined ? null : encodeCursor(positionOf(last, "createdAt"), scope),
  };
}
