/** Consistent reads of Firestore at one point in time, over any number of queries. */
import {
  FieldPath,
  type Query,
  type Timestamp,
  type Transaction as FirestoreTransaction,
} from "firebase-admin/firestore";
import { filterTerm, type PaymentFilter } from "../domain/filter-terms.ts";
import { type Entry, readEntry } from "./transaction-converter.ts";
import { firestore } from "./connection.ts";
import { operation } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { syncStatesRef, transactionsRef } from "./refs.ts";

/** A time of Firestore's clock. */
export type ReadTime = Timestamp;

/** Now. Firestore can read at this time for an hour. Costs a read. */
export async function currentReadTime(): Promise<ReadTime> {
  const { readTime } = await operation(() => syncStatesRef().doc("platform").get());
  return readTime;
}

export function readAt<T>(at: ReadTime, read: (transaction: FirestoreTransaction) => Promise<T>): Promise<T> {
  return operation(() => firestore().runTransaction(read, { readOnly: true, readTime: at }));
}

/** Filters transactions. `from` is included, `to` is not. */
export interface Selection extends PaymentFilter {
  from?: Date | undefined;
  to?: Date | undefined;
}

/** The selected ones of these transactions, which are ordered by `createdAt`. */
export function selected(query: Query, { from, to, ...filter }: Selection): Query {
  const term = filterTerm(filter);
  let result = query;
  if (term !== null) result = result.where("search", "array-contains", term);
  else if (filter.status !== undefined) result = result.where("status", "==", filter.status);
  if (from !== undefined) result = result.where("createdAt", ">=", from);
  if (to !== undefined) result = result.where("createdAt", "<", to);
  return result;
}

/** Page by page, by `createdAt` and then id. */
export async function* transactionsAt(
  at: ReadTime,
  franchiseeId: string,
  order: "asc" | "desc",
  selection: Selection = {},
): AsyncGenerator<Entry[]> {
  const all = transactionsRef(franchiseeId).orderBy("createdAt", order).orderBy(FieldPath.documentId(), order);
  yield* pagesAt(at, selected(all, selection));
}

/**
 * The transactions that a close covers, page by page, by day, `createdAt` and id: those of its day; for the first
 * close, also of all earlier days.
 */
export function bookedAt(
  at: ReadTime,
  franchiseeId: string,
  { day, previous }: { day: string; previous: object | null },
): AsyncGenerator<Entry[]> {
  const query = transactionsRef(franchiseeId)
    .where("day", previous ? "==" : "<=", day)
    .orderBy("day")
    .orderBy("createdAt")
    .orderBy(FieldPath.documentId());
  return pagesAt(at, query);
}

async function* pagesAt(at: ReadTime, query: Query): AsyncGenerator<Entry[]> {
  const get = (page: Query) => readAt(at, (transaction) => transaction.get(page));
  for await (const docs of paginate(query, PAGE, get)) yield docs.map(readEntry);
}

const PAGE = 300;
