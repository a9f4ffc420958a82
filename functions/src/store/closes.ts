/** franchisees/{acct}/closes/{YYYY-MM-DD}: the daily close, which never changes. */
import {
  type DocumentSnapshot,
  FieldPath,
  type Query,
  type QueryDocumentSnapshot,
  Timestamp,
  type Transaction,
} from "firebase-admin/firestore";
import { z } from "zod";
import { type Close, CURRENT_FORMAT, tallySchema } from "../domain/close.ts";
import { firestore } from "./connection.ts";
import { isContended, operation, storedDateSchema as date } from "./firestore.ts";
import { type ReadTime, readAt } from "./snapshot-reads.ts";
import { paginate } from "./paginate.ts";
import { closesRef, franchiseeRef, transactionsRef } from "./refs.ts";

export interface StoredClose {
  close: Close;
  /** `asOf` in microseconds: a transaction may be written in the same millisecond. */
  at: ReadTime;
}

/** Strict, because the hash does not cover fields added by hand. */
const closeSchema = z.strictObject({
  ...tallySchema.shape,
  format: z.literal(CURRENT_FORMAT).exactOptional(),
  franchiseeId: z.string(),
  day: z.string(),
  timeZone: z.string(),
  previous: z.strictObject({ day: z.string(), hash: z.string() }).nullable(),
  asOf: z.instanceof(Timestamp).transform((at) => ({ at, asOf: at.toDate() })),
  sync: z.strictObject({ platform: date.nullable(), account: date.nullable() }),
  closedAt: date,
  hash: z.string(),
});

export class UnreadableCloseError extends Error {
  override readonly name = "UnreadableCloseError";
}

/** Throws UnreadableCloseError, which names the document and the fields. */
function readClose(snapshot: DocumentSnapshot): StoredClose {
  const parsed = closeSchema.safeParse(snapshot.data());
  if (!parsed.success || parsed.data.day !== snapshot.id) {
    const fields = parsed.error?.issues.map(({ path, message }) => [...path, message].join(" ")).join("; ");
    throw new UnreadableCloseError(`The document ${snapshot.ref.path} cannot be read: ${fields ?? "day"}`);
  }
  const { asOf, ...fields } = parsed.data;
  return { close: { ...fields, asOf: asOf.asOf }, at: asOf.at };
}

function lastOf(franchiseeId: string): Query {
  return closesRef(franchiseeId).orderBy("day", "desc").limit(1);
}

/** Null if there is none. Throws UnreadableCloseError. Costs a read. */
export async function lastClose(franchiseeId: string): Promise<Close | null> {
  const { docs } = await operation(() => lastOf(franchiseeId).get());
  return docs[0] ? readClose(docs[0]).close : null;
}

/**
 * Creates a close, unless its day, or for a first close any day, is already closed. Returns the existing close. Throws
 * UnreadableCloseError.
 */
export async function createClose(close: Close, at: ReadTime): Promise<Close> {
  const reference = closesRef(close.franchiseeId).doc(close.day);
  const create = async (transaction: Transaction): Promise<Close> => {
    // Two concurrent runs may start at different first days.
    const [first] = close.previous ? [] : (await transaction.get(lastOf(close.franchiseeId))).docs;
    if (first) return readClose(first).close;
    transaction.create(reference, { ...close, asOf: at });
    return close;
  };
  return operation(async () => {
    try {
      return await firestore().runTransaction(create);
    } catch (error) {
      if (!isContended(error)) throw error;
      const snapshot = await reference.get();
      if (!snapshot.exists) throw error;
      return readClose(snapshot).close;
    }
  });
}

/** The close of a day at one point in time; null if there is none. Throws UnreadableCloseError. Costs a read. */
export async function closeAt(at: ReadTime, franchiseeId: string, day: string): Promise<StoredClose | null> {
  const snapshot = await readAt(at, (transaction) => transaction.get(closesRef(franchiseeId).doc(day)));
  return snapshot.exists ? readClose(snapshot) : null;
}

/** A franchisee's closes at one point in time, page by page, oldest first; unreadable ones with the reason. */
export async function* closesAt(at: ReadTime, franchiseeId: string) {
  const query = closesRef(franchiseeId).orderBy(FieldPath.documentId());
  const get = (page: Query) => readAt(at, (transaction) => transaction.get(page));
  for await (const docs of paginate(query, PAGE, get)) yield docs.map(entryOf);
}

const PAGE = 100;

function entryOf(snapshot: QueryDocumentSnapshot): { id: string } & (StoredClose | { unreadable: string }) {
  const { id } = snapshot;
  try {
    return { id, ...readClose(snapshot) };
  } catch (error) {
    if (!(error instanceof UnreadableCloseError)) throw error;
    return { id, unreadable: error.message };
  }
}

/** Some documents of the legacy service have no day. */
export class UnbookedTransactionsError extends Error {
  override readonly name = "UnbookedTransactionsError";
}

/**
 * The first day with a transaction; null without any. Throws UnbookedTransactionsError: transactions booked later on
 * closed days would always differ from their closes. Costs a read per thousand transactions.
 */
export async function firstBookedDay(at: ReadTime, franchiseeId: string): Promise<string | null> {
  const booked = transactionsRef(franchiseeId).orderBy("day");
  const [first, total, bookedTotal] = await readAt(at, async (transaction) => [
    await transaction.get(booked.limit(1)),
    (await transaction.get(transactionsRef(franchiseeId).count())).data().count,
    (await transaction.get(booked.count())).data().count,
  ]);
  if (total !== bookedTotal) {
    const problem = `${total - bookedTotal} transactions of ${franchiseeId} are booked on no day.`;
    throw new UnbookedTransactionsError(`${problem} First run: npm run ops -- revenue rebuild ${franchiseeId}`);
  }
  return z
    .string()
    .nullable()
    .parse(first.docs[0]?.get("day") ?? null);
}

/** Whether the syncs of both sides have run, even if they failed. Costs a read. */
export async function hasBeenSynced(franchiseeId: string): Promise<boolean> {
  const snapshot = await operation(() => franchiseeRef(franchiseeId).get());
  return SIDES.every((side) => snapshot.get(`sync.${side}`) !== undefined);
}

const SIDES = ["platform", "account"] as const;

const freshnessSchema = date.nullable().catch(null);

/** Until when each sync was complete at that time; null before the first complete one. Costs a read. */
export async function syncedUntil(at: ReadTime, franchiseeId: string): Promise<Close["sync"]> {
  const snapshot = await readAt(at, (transaction) => transaction.get(franchiseeRef(franchiseeId)));
  return {
    platform: freshnessSchema.parse(snapshot.get("sync.platform.completeUntil")),
    account: freshnessSchema.parse(snapshot.get("sync.account.completeUntil")),
  };
}
