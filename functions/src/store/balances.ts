/** Writes and reads the movements on franchisees' Stripe balances, and their payouts, for the sync. */
import { AggregateField, type DocumentSnapshot, FieldPath, Timestamp, type Query } from "firebase-admin/firestore";
import { type BalanceTransaction, PAYMENTS, type StoredBalanceTransaction } from "../domain/balance-transaction.ts";
import { canonicalJson, compareTexts } from "../domain/canonical-json.ts";
import { type Deposit, isOpenDeposit, mergeDeposits } from "../domain/deposit.ts";
import { addMovements, type KeptByPayment } from "../domain/kept-by-payment.ts";
import type { Money } from "../domain/money.ts";
import type { Payout } from "../domain/payout.ts";
import type { Transaction } from "../domain/transaction.ts";
import { log } from "../log.ts";
import { balanceTransactionSchema, depositSchema } from "./balance-documents.ts";
import { firestore } from "./connection.ts";
import { chunksOf, ifUnchanged, operation, readAndCommit } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { balanceTransactionsRef, payoutsRef, transactionRef } from "./refs.ts";
import { fromFirestore, UnreadableDocumentError } from "./transaction-converter.ts";
import { changesOf } from "./writes.ts";

/** Documents read and written. */
interface Cost {
  reads: number;
  writes: number;
}

/** For a commit of a page, in milliseconds. */
const PAGE_TIMEOUT_MS = 30_000;

type PayoutRef = Pick<Payout, "id" | "createdAt">;

/**
 * Stores movements that are new or differ, and, if given, the payout that lists them. A payment that Stripe no longer
 * tells is kept. Throws AppError `unavailable`.
 */
export async function saveMovements(
  franchiseeId: string,
  movements: readonly BalanceTransaction[],
  payout: PayoutRef | null = null,
): Promise<Cost> {
  const cost = { reads: 0, writes: 0 };
  for (const page of chunksOf(movements, PAGE)) {
    const references = page.map(({ id }) => balanceTransactionsRef(franchiseeId).doc(id));
    cost.reads += page.length;
    cost.writes += await operation(
      (deadline) =>
        readAndCommit(references, deadline, (list, snapshots) => {
          let writes = 0;
          for (const [index, movement] of page.entries()) {
            const snapshot = snapshots[index];
            if (!snapshot) continue;
            const fields = fieldsOf(movement, snapshot, payout);
            if (snapshot.exists && isSame(snapshot, fields)) continue;
            if (snapshot.exists) list.update(snapshot.ref, changesOf(fields), ifUnchanged(snapshot));
            else list.create(snapshot.ref, fields);
            writes += 1;
          }
          return writes;
        }),
      PAGE_TIMEOUT_MS,
    );
  }
  return cost;
}

const PAGE = 100;

function fieldsOf(movement: BalanceTransaction, snapshot: DocumentSnapshot, payout: PayoutRef | null) {
  const stored = storedOf(snapshot);
  const stripePaymentId = movement.stripePaymentId ?? stored?.stripePaymentId ?? null;
  const isReleased = stored?.status === "available" && stored.availableAt.getTime() === movement.availableAt.getTime();
  return {
    ...movement,
    stripePaymentId,
    status: isReleased ? stored.status : movement.status,
    ...payoutFields(snapshot, payout),
  };
}

/** The newest payout that lists a movement: the money of a failed one may be in a later one. */
function payoutFields(snapshot: DocumentSnapshot, payout: PayoutRef | null) {
  const id: unknown = snapshot.get("payoutId");
  const at: unknown = snapshot.get("payoutCreatedAt");
  const stored = typeof id === "string" && at instanceof Timestamp ? { id, createdAt: at.toDate() } : null;
  const isNewer = payout && stored && compare(payout, stored) > 0;
  const newest = isNewer || !stored ? payout : stored;
  return { payoutId: newest?.id ?? null, payoutCreatedAt: newest?.createdAt ?? null };
}

function compare(a: PayoutRef, b: PayoutRef): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || compareTexts(a.id, b.id);
}

function storedOf(snapshot: DocumentSnapshot): StoredBalanceTransaction | null {
  return balanceTransactionSchema.safeParse(snapshot.data()).data ?? null;
}

function isSame(snapshot: DocumentSnapshot, fields: object): boolean {
  const stored = plain(snapshot.data());
  const current = Object.fromEntries(Object.keys(fields).map((name) => [name, stored[name]]));
  return canonicalJson(current) === canonicalJson(fields);
}

/** Times as dates. */
function plain(fields: object | undefined): Record<string, unknown> {
  const entries = Object.entries(fields ?? {});
  return Object.fromEntries(
    entries.map(([name, value]: [string, unknown]) => [name, value instanceof Timestamp ? value.toDate() : value]),
  );
}

/** Sets the payout of known movements; the sync stores the others. Returns the number of writes. */
export async function setPayout(franchiseeId: string, ids: readonly string[], payout: PayoutRef): Promise<Cost> {
  const cost = { reads: 0, writes: 0 };
  for (const page of chunksOf(ids, PAGE)) {
    const references = page.map((id) => balanceTransactionsRef(franchiseeId).doc(id));
    cost.reads += page.length;
    cost.writes += await operation(
      (deadline) =>
        readAndCommit(references, deadline, (list, snapshots) => {
          let writes = 0;
          for (const snapshot of snapshots) {
            if (!snapshot.exists) continue;
            const fields = payoutFields(snapshot, payout);
            if (snapshot.get("payoutId") === fields.payoutId) continue;
            list.update(snapshot.ref, changesOf(fields), ifUnchanged(snapshot));
            writes += 1;
          }
          return writes;
        }),
      PAGE_TIMEOUT_MS,
    );
  }
  return cost;
}

/** Sets the payment of a movement whose payment Stripe does not tell. */
export async function assignMovement(franchiseeId: string, id: string, stripePaymentId: string): Promise<void> {
  await operation((deadline) =>
    readAndCommit([balanceTransactionsRef(franchiseeId).doc(id)], deadline, (list, [snapshot]) => {
      if (!snapshot?.exists) return;
      list.update(snapshot.ref, changesOf({ stripePaymentId }), ifUnchanged(snapshot));
    }),
  );
}

/** A sum or a count reads an index entry per movement. */
const SUM_TIMEOUT_MS = 60_000;

/** The sums of all movements of a currency on the payments balance. */
export interface MovementSums {
  count: number;
  amount: number;
  fee: number;
  net: number;
}

/** Costs a read per thousand movements, currency and sum. */
export async function sumMovements(
  franchiseeId: string,
  currencies: readonly string[],
): Promise<Map<string, MovementSums>> {
  const sums = await Promise.all(
    currencies.map(async (currency) => {
      const all = balanceTransactionsRef(franchiseeId)
        .where("balanceType", "==", PAYMENTS)
        .where("currency", "==", currency);
      // One index each: which index several sums in one query need is not documented.
      const [amount, fee, net] = await Promise.all(
        (["amount", "fee", "net"] as const).map(async (field) => {
          const fields = { sum: AggregateField.sum(field), count: AggregateField.count() };
          return (await operation(() => all.aggregate(fields).get(), SUM_TIMEOUT_MS)).data();
        }),
      );
      const sumOf = (result: typeof net): number => result?.sum ?? 0;
      return [currency, { count: net?.count ?? 0, amount: sumOf(amount), fee: sumOf(fee), net: sumOf(net) }] as const;
    }),
  );
  return new Map(sums);
}

/** Where a list of movements continues. */
export interface MovementCursor {
  createdAt: Date;
  id: string;
}

export interface MovementPage {
  movements: StoredBalanceTransaction[];
  /** Null on the last page. */
  cursor: MovementCursor | null;
}

/** The movements created since then, oldest first, 300 at a time. Unreadable documents are left out. */
export async function movementsSince(
  franchiseeId: string,
  from: Date,
  cursor: MovementCursor | null,
): Promise<MovementPage> {
  let query = balanceTransactionsRef(franchiseeId)
    .where("createdAt", ">=", from)
    .orderBy("createdAt")
    .orderBy(FieldPath.documentId())
    .limit(LARGE_PAGE);
  if (cursor) query = query.startAfter(cursor.createdAt, cursor.id);
  const { docs } = await operation(() => query.get());
  const movements = docs.flatMap((snapshot) => storedOf(snapshot) ?? []);
  const last = docs.length === LARGE_PAGE ? movements.at(-1) : undefined;
  return { movements, cursor: last ? { createdAt: last.createdAt, id: last.id } : null };
}

/** A payment as it is stored, and what its movements add up to. */
export interface PaymentOnBalance {
  stripePaymentId: string;
  /** Null without a document. */
  transaction: Transaction | null;
  kept: Money[];
  hasMovements: boolean;
}

/**
 * Costs a read per payment, and, unless `known` has what all movements add up to, one per movement. Payments whose
 * document cannot be read are left out.
 */
export async function paymentsOnBalance(
  franchiseeId: string,
  stripePaymentIds: readonly string[],
  known: KeptByPayment | null = null,
): Promise<PaymentOnBalance[]> {
  if (stripePaymentIds.length === 0) return [];
  const [documents, keptByPayment] = await Promise.all([
    operation(() => firestore().getAll(...stripePaymentIds.map((id) => transactionRef(franchiseeId, id)))),
    known ?? keptOf(franchiseeId, stripePaymentIds),
  ]);
  return stripePaymentIds.flatMap((stripePaymentId, index) => {
    const kept = keptByPayment.get(stripePaymentId);
    const snapshot = documents[index];
    try {
      const transaction = snapshot?.exists ? fromFirestore(snapshot) : null;
      return [{ stripePaymentId, transaction, kept: kept ?? [], hasMovements: kept !== undefined }];
    } catch (error) {
      if (!(error instanceof UnreadableDocumentError)) throw error;
      log.error("unreadable document", error, { franchiseeId });
      return [];
    }
  });
}

async function keptOf(franchiseeId: string, stripePaymentIds: readonly string[]): Promise<KeptByPayment> {
  const kept: KeptByPayment = new Map();
  const pages = await Promise.all(
    chunksOf(stripePaymentIds, IN).map((ids) =>
      operation(() => balanceTransactionsRef(franchiseeId).where("stripePaymentId", "in", ids).get(), PAGE_TIMEOUT_MS),
    ),
  );
  for (const { docs } of pages) {
    addMovements(
      kept,
      docs.flatMap((snapshot) => storedOf(snapshot) ?? []),
    );
  }
  return kept;
}

/** Firestore's limit of values of `in`. */
const IN = 30;

/** Movements of these types without a payment, created since then: the newest 300, oldest first. */
export async function unassignedMovements(
  franchiseeId: string,
  types: readonly string[],
  from: Date,
): Promise<StoredBalanceTransaction[]> {
  const { docs } = await operation(() =>
    balanceTransactionsRef(franchiseeId)
      .where("stripePaymentId", "==", null)
      .where("type", "in", types)
      .where("createdAt", ">=", from)
      .orderBy("createdAt", "desc")
      .limit(UNASSIGNED)
      .get(),
  );
  return docs.flatMap((snapshot) => storedOf(snapshot) ?? []).toReversed();
}

const UNASSIGNED = 300;

/** Marks movements as available whose time has come, and returns their number. */
export async function releaseMovements(franchiseeId: string, now: Date): Promise<number> {
  let released = 0;
  for (;;) {
    const { docs } = await operation(() =>
      balanceTransactionsRef(franchiseeId)
        .where("status", "==", "pending")
        .where("availableAt", "<=", now)
        .orderBy("availableAt")
        .limit(RELEASED)
        .select("status")
        .get(),
    );
    if (docs.length === 0) return released;
    await operation((deadline) =>
      readAndCommit(
        docs.map(({ ref }) => ref),
        deadline,
        (list, snapshots) => {
          for (const snapshot of snapshots) {
            if (snapshot.exists) list.update(snapshot.ref, changesOf({ status: "available" }), ifUnchanged(snapshot));
          }
        },
      ),
    );
    released += docs.length;
  }
}

const RELEASED = 300;

/** Stores a payout unless a later reading is stored. Costs a read, and a write if it differs. */
export async function saveDeposit(franchiseeId: string, deposit: Deposit): Promise<Cost> {
  return operation((deadline) =>
    readAndCommit([payoutsRef(franchiseeId).doc(deposit.id)], deadline, (list, [snapshot]) => {
      const reads = 1;
      if (!snapshot) return { reads, writes: 0 };
      const stored = snapshot.exists ? (depositSchema.safeParse(snapshot.data()).data ?? null) : null;
      const merged = stored ? mergeDeposits(stored, deposit) : deposit;
      const fields = { ...merged, isOpen: isOpenDeposit(merged) };
      if (!snapshot.exists) list.create(snapshot.ref, fields);
      else if (stored && isSameDeposit(stored, merged) && snapshot.get("isOpen") === fields.isOpen) {
        return { reads, writes: 0 };
      } else list.update(snapshot.ref, changesOf(fields), ifUnchanged(snapshot));
      return { reads, writes: 1 };
    }),
  );
}

function isSameDeposit(a: Deposit, b: Deposit): boolean {
  const withoutTime = ({ asOf: _asOf, ...deposit }: Deposit): string => canonicalJson(deposit);
  return withoutTime(a) === withoutTime(b);
}

/** Those of these payouts that are stored. */
export async function readDeposits(franchiseeId: string, ids: readonly string[]): Promise<Deposit[]> {
  if (ids.length === 0) return [];
  const snapshots = await operation(() => firestore().getAll(...ids.map((id) => payoutsRef(franchiseeId).doc(id))));
  return snapshots.flatMap((snapshot) => depositSchema.safeParse(snapshot.data()).data ?? []);
}

/** The ids of payouts whose status or content may still change without a movement. */
export async function openDeposits(franchiseeId: string): Promise<string[]> {
  const { docs } = await operation(() => payoutsRef(franchiseeId).where("isOpen", "==", true).select().get());
  return docs.map(({ id }) => id);
}

/** Every stored movement, page by page, by id; null for an unreadable document. */
export async function* everyMovement(
  franchiseeId: string,
): AsyncGenerator<{ id: string; movement: StoredBalanceTransaction | null }[]> {
  const query = balanceTransactionsRef(franchiseeId).orderBy(FieldPath.documentId());
  for await (const docs of paginate(query, LARGE_PAGE)) {
    yield docs.map((snapshot) => ({ id: snapshot.id, movement: storedOf(snapshot) }));
  }
}

/** Every stored payout, page by page, by id; null for an unreadable document. */
export async function* everyDeposit(franchiseeId: string): AsyncGenerator<{ id: string; deposit: Deposit | null }[]> {
  const query = payoutsRef(franchiseeId).orderBy(FieldPath.documentId());
  for await (const docs of paginate(query, LARGE_PAGE)) {
    yield docs.map((snapshot) => ({
      id: snapshot.id,
      deposit: depositSchema.safeParse(snapshot.data()).data ?? null,
    }));
  }
}

const LARGE_PAGE = 300;

/** The number of movements without a payment. Costs a read per thousand. */
export async function countWithoutPayment(franchiseeId: string): Promise<number> {
  return countOf(balanceTransactionsRef(franchiseeId).where("stripePaymentId", "==", null));
}

/** The number of movements on any balance. Costs a read per thousand. */
export async function countMovements(franchiseeId: string): Promise<number> {
  return countOf(balanceTransactionsRef(franchiseeId));
}

/** By how many the payouts are fewer than their movements. Costs two reads, and more per thousand payouts. */
export async function countMissingPayouts(franchiseeId: string): Promise<number> {
  const own = balanceTransactionsRef(franchiseeId).where("type", "==", "payout");
  const [movements, payouts] = await Promise.all([countOf(own), countOf(payoutsRef(franchiseeId))]);
  return movements - payouts;
}

async function countOf(query: Query): Promise<number> {
  const { count } = (await operation(() => query.count().get(), SUM_TIMEOUT_MS)).data();
  return count;
}
