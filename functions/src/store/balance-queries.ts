/** Reads balance transactions, payouts and balances, which the sync writes. */
import {
  AggregateField,
  type DocumentSnapshot,
  FieldPath,
  type Query,
  type QueryDocumentSnapshot,
  type Transaction as FirestoreTransaction,
} from "firebase-admin/firestore";
import { z } from "zod";
import { type BalanceStatement, StatementAccumulator } from "../domain/balance-statement.ts";
import { isOfPayout, PAYMENTS, type StoredBalanceTransaction } from "../domain/balance-transaction.ts";
import type { Deposit } from "../domain/deposit.ts";
import type { Transaction } from "../domain/transaction.ts";
import { balanceSchema, balanceTransactionSchema, type CheckedBalance, depositSchema } from "./balance-documents.ts";
import { firestore } from "./connection.ts";
import { decodeCursor, encodeCursor, positionOf } from "./cursor.ts";
import { operation, unreadable } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { balanceTransactionsRef, franchiseeRef, payoutsRef, transactionRef } from "./refs.ts";
import { currentReadTime, readAt, type ReadTime } from "./snapshot-reads.ts";
import { fromFirestore, UnreadableDocumentError } from "./transaction-converter.ts";

interface PageRequest {
  limit: number;
  cursor: string | undefined;
}

interface Page<T> {
  entries: T[];
  /** Leads to the next page; null on the last one. */
  nextCursor: string | null;
  /** Why documents of this page cannot be read; the page omits them. */
  unreadable: string[];
}

/**
 * A page of a franchisee's payouts, by `createdAt` and then id, both descending. Costs a read per document, and one
 * more. Throws AppError `invalid_request` for a cursor of another list, `unavailable`.
 */
export function payoutPage(franchiseeId: string, { limit, cursor }: PageRequest): Promise<Page<Deposit>> {
  const scope = JSON.stringify([franchiseeId, "payouts"]);
  const query = newestFirst(payoutsRef(franchiseeId), cursor, scope).limit(limit + 1);
  return operation(async () => pageOf((await query.get()).docs, limit, scope, depositSchema));
}

/** What a Stripe balance held before a payout, and after it, in minor units. */
interface BalanceAround {
  before: number;
  after: number;
}

interface PayoutContent extends Page<StoredBalanceTransaction> {
  payout: Deposit;
  /** Of a payout whose content Stripe does not list: null for others, and if its own movement is not recorded. */
  balance: BalanceAround | null;
}

/**
 * A payout with a page of the movements that it lists, without its own, newest first; null if the franchisee has no
 * such payout. Costs two reads, one per movement, and for a manual or instant payout one more per 1,000 movements on
 * the account. Throws like `payoutPage`, and for an unreadable payout.
 */
export async function payoutContent(
  franchiseeId: string,
  payoutId: string,
  { limit, cursor }: PageRequest,
): Promise<PayoutContent | null> {
  const reference = payoutsRef(franchiseeId).doc(payoutId);
  const query = newestFirst(listedIn(franchiseeId, payoutId), cursor, reference.path).limit(limit + 1);
  const read = async (transaction: FirestoreTransaction): Promise<PayoutContent | null> => {
    const snapshot = await transaction.get(reference);
    if (!snapshot.exists) return null;
    const payout = parse(depositSchema, snapshot);
    const { docs } = await transaction.get(query);
    const page = pageOf(docs, limit, reference.path, balanceTransactionSchema);
    const entries = page.entries.filter((movement) => !isOwn(movement, payoutId));
    const balance = payout.kind === "automatic" ? null : await balanceAround(transaction, franchiseeId, payout);
    return { ...page, entries, payout, balance };
  };
  return operation(() => firestore().runTransaction(read, { readOnly: true }));
}

/** A payout with the movements that it lists, and its own. */
export interface ListedPayout {
  payout: Deposit;
  movements: StoredBalanceTransaction[];
}

/**
 * The payouts that arrive in a period, in order, at one point in time. Costs a read per payout and movement. Throws for
 * an unreadable document, without which a sum would be wrong.
 */
export async function payoutsArriving(franchiseeId: string, { from, to }: Period): Promise<ListedPayout[]> {
  const at = await currentReadTime();
  const query = payoutsRef(franchiseeId)
    .where("arrivesAt", ">=", from)
    .where("arrivesAt", "<", to)
    .orderBy("arrivesAt")
    .orderBy(FieldPath.documentId());
  const arriving: ListedPayout[] = [];
  for await (const docs of pagesAt(at, query)) {
    for (const snapshot of docs) {
      const payout = parse(depositSchema, snapshot);
      arriving.push({ payout, movements: await movementsOfPayout(at, franchiseeId, payout.id) });
    }
  }
  return arriving;
}

async function movementsOfPayout(
  at: ReadTime,
  franchiseeId: string,
  payoutId: string,
): Promise<StoredBalanceTransaction[]> {
  const movements = new Map<string, StoredBalanceTransaction>();
  // Stripe lists the movement of an automatic payout in it, and that of another payout in none.
  const own = balanceTransactionsRef(franchiseeId).where("source", "==", payoutId).limit(MAX_OWN);
  for (const query of [newestFirst(listedIn(franchiseeId, payoutId)), own]) {
    for await (const docs of pagesAt(at, query)) {
      for (const snapshot of docs) movements.set(snapshot.id, parse(balanceTransactionSchema, snapshot));
    }
  }
  return [...movements.values()].filter(({ balanceType }) => balanceType === PAYMENTS);
}

/** The time of a read that found the payout; null if the franchisee has no such payout. Costs a read. */
export async function payoutReadTime(franchiseeId: string, payoutId: string): Promise<ReadTime | null> {
  const { exists, readTime } = await operation(() => payoutsRef(franchiseeId).doc(payoutId).get());
  return exists ? readTime : null;
}

function listedIn(franchiseeId: string, payoutId: string): Query {
  return balanceTransactionsRef(franchiseeId).where("payoutId", "==", payoutId);
}

/** Whether it is the movement of the payout itself, which takes its content from the balance. */
function isOwn(movement: StoredBalanceTransaction, payoutId: string): boolean {
  return movement.source === payoutId && isOfPayout(movement);
}

/** A payout has one movement, and one more if it came back. */
const MAX_OWN = 10;

async function balanceAround(
  transaction: FirestoreTransaction,
  franchiseeId: string,
  { id, currency }: Deposit,
): Promise<BalanceAround | null> {
  const { docs } = await transaction.get(balanceTransactionsRef(franchiseeId).where("source", "==", id).limit(MAX_OWN));
  const movements = docs.map((snapshot) => parse(balanceTransactionSchema, snapshot));
  const [own] = movements
    .filter((movement) => movement.balanceType === PAYMENTS && isOwn(movement, id))
    .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  if (!own) return null;
  // What else moved in the same second, such as the advance of an instant payout, is counted as earlier.
  const after = await netOf(transaction, franchiseeId, currency, ["<=", own.createdAt]);
  return { before: after - own.net, after };
}

/** Costs a read per 1,000 movements. */
async function netOf(
  transaction: FirestoreTransaction,
  franchiseeId: string,
  currency: string,
  [operator, time]: ["<" | "<=", Date],
): Promise<number> {
  const query = balanceTransactionsRef(franchiseeId)
    .where("balanceType", "==", PAYMENTS)
    .where("currency", "==", currency)
    .where("createdAt", operator, time)
    .aggregate({ net: AggregateField.sum("net") });
  return (await transaction.get(query)).data().net;
}

interface Checked {
  /** The last comparison with Stripe's balance; null before the first. */
  checked: CheckedBalance | null;
  readTime: ReadTime;
}

const checkedSchema = z.object({ balance: balanceSchema.nullable().default(null) });

/** Costs a read. Throws if the document is unreadable. */
export async function readChecked(franchiseeId: string): Promise<Checked> {
  const snapshot = await operation(() => franchiseeRef(franchiseeId).get());
  const { balance } = parse(checkedSchema, snapshot, snapshot.data() ?? {});
  return { checked: balance, readTime: snapshot.readTime };
}

/** From `from` until before `to`. */
export interface Period {
  from: Date;
  to: Date;
}

/**
 * The statement of a period for each currency, as of the last comparison with Stripe's balance. Costs a read, one per
 * movement of the period, and one per currency and 1,000 earlier movements. Throws for an unreadable document, without
 * which a sum would be wrong.
 */
export async function readStatements(
  franchiseeId: string,
  period: Period,
): Promise<{ checked: CheckedBalance | null; statements: BalanceStatement[] }> {
  const { checked, readTime } = await readChecked(franchiseeId);
  if (!checked) return { checked, statements: [] };
  const { checkedAt, currencies } = checked;
  const accumulator = new StatementAccumulator();
  for await (const docs of pagesAt(readTime, movementsOf(franchiseeId, period, checkedAt))) {
    for (const snapshot of docs) accumulator.add(parse(balanceTransactionSchema, snapshot));
  }
  const before: ["<" | "<=", Date] = checkedAt < period.from ? ["<=", checkedAt] : ["<", period.from];
  const openings = new Map<string, number>();
  for (const currency of new Set([...Object.keys(currencies), ...accumulator.currencies])) {
    openings.set(currency, await readAt(readTime, (transaction) => netOf(transaction, franchiseeId, currency, before)));
  }
  const isCompared = period.from <= checkedAt && checkedAt < period.to;
  return { checked, statements: accumulator.statements(openings, isCompared ? currencies : null) };
}

/** Those until the comparison: later ones belong to a sync that has not ended. */
function movementsOf(franchiseeId: string, { from, to }: Period, checkedAt: Date): Query {
  const query = newestFirst(balanceTransactionsRef(franchiseeId)).where("createdAt", ">=", from);
  return checkedAt < to ? query.where("createdAt", "<=", checkedAt) : query.where("createdAt", "<", to);
}

/** A movement with the transaction of its payment, if that is recorded and readable. */
export type MovementEntry =
  { movement: StoredBalanceTransaction; transaction: Transaction | null } | { id: string; unreadable: string };

/** All movements, or those that a payout lists, or those of a period until a comparison. */
export type MovementSelection =
  { kind: "all" } | { kind: "payout"; payoutId: string } | { kind: "period"; period: Period; checkedAt: Date };

/**
 * Movements on the balance that Stripe pays out, newest first, page by page, at one point in time. Costs a read per
 * movement, and one per payment of a page.
 */
export async function* movementsAt(
  at: ReadTime,
  franchiseeId: string,
  selection: MovementSelection,
): AsyncGenerator<MovementEntry[]> {
  for await (const docs of pagesAt(at, queryOf(franchiseeId, selection))) {
    const entries = docs.map(readMovement).filter((entry) => "unreadable" in entry || isSelected(entry, selection));
    const ids = entries.flatMap((entry) => ("unreadable" in entry ? [] : (entry.stripePaymentId ?? [])));
    const transactions = await transactionsAt(at, franchiseeId, [...new Set(ids)]);
    yield entries.map((entry) => {
      if ("unreadable" in entry) return entry;
      return { movement: entry, transaction: transactions.get(entry.stripePaymentId ?? "") ?? null };
    });
  }
}

function queryOf(franchiseeId: string, selection: MovementSelection): Query {
  if (selection.kind === "payout") return newestFirst(listedIn(franchiseeId, selection.payoutId));
  if (selection.kind === "period") return movementsOf(franchiseeId, selection.period, selection.checkedAt);
  return newestFirst(balanceTransactionsRef(franchiseeId));
}

function isSelected(movement: StoredBalanceTransaction, selection: MovementSelection): boolean {
  if (movement.balanceType !== PAYMENTS) return false;
  return selection.kind !== "payout" || !isOwn(movement, selection.payoutId);
}

function readMovement(snapshot: QueryDocumentSnapshot): StoredBalanceTransaction | { id: string; unreadable: string } {
  const parsed = balanceTransactionSchema.safeParse(snapshot.data());
  return parsed.success ? parsed.data : { id: snapshot.id, unreadable: unreadable(snapshot.ref, parsed.error) };
}

/** The recorded and readable ones, by id. */
async function transactionsAt(
  at: ReadTime,
  franchiseeId: string,
  ids: readonly string[],
): Promise<Map<string, Transaction>> {
  if (ids.length === 0) return new Map();
  const references = ids.map((id) => transactionRef(franchiseeId, id));
  const snapshots = await readAt(at, (transaction) => transaction.getAll(...references));
  return new Map(
    snapshots.flatMap((snapshot) => {
      const transaction = transactionIn(snapshot);
      return transaction ? [[snapshot.id, transaction] as const] : [];
    }),
  );
}

function transactionIn(snapshot: DocumentSnapshot): Transaction | null {
  if (!snapshot.exists) return null;
  try {
    return fromFirestore(snapshot);
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return null;
  }
}

const PAGE = 300;

function pagesAt(at: ReadTime, query: Query): AsyncGenerator<QueryDocumentSnapshot[]> {
  return paginate(query, PAGE, (page) => readAt(at, (transaction) => transaction.get(page)));
}

/** By `createdAt` and then id, both descending, after the cursor. */
function newestFirst(all: Query, cursor?: string, scope = ""): Query {
  const query = all.orderBy("createdAt", "desc").orderBy(FieldPath.documentId(), "desc");
  if (cursor === undefined) return query;
  const { key, id } = decodeCursor(cursor, scope);
  return query.startAfter(key, id);
}

/** Of one more document than the page has. */
function pageOf<T>(
  docs: readonly QueryDocumentSnapshot[],
  limit: number,
  scope: string,
  schema: z.ZodType<T>,
): Page<T> {
  const shown = docs.slice(0, limit);
  const last = docs.length > limit ? shown.at(-1) : undefined;
  const page: Page<T> = {
    entries: [],
    nextCursor: last === undefined ? null : encodeCursor(positionOf(last, "createdAt"), scope),
    unreadable: [],
  };
  for (const snapshot of shown) {
    const parsed = schema.safeParse(snapshot.data());
    if (parsed.success) page.entries.push(parsed.data);
    else page.unreadable.push(unreadable(snapshot.ref, parsed.error));
  }
  return page;
}

/** Throws if the document does not match. */
function parse<T>(schema: z.ZodType<T>, snapshot: DocumentSnapshot, fields: unknown = snapshot.data()): T {
  const result = schema.safeParse(fields);
  if (!result.success) throw new Error(unreadable(snapshot.ref, result.error));
  return result.data;
}
