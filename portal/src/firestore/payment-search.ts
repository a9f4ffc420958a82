import {
  collection,
  collectionGroup,
  doc,
  type Firestore,
  getCountFromServer,
  getDocFromServer,
  getDocsFromServer,
  limit,
  orderBy,
  query,
  type Query,
  type QueryDocumentSnapshot,
  startAfter,
  where,
} from "firebase/firestore";
import { type Condition, isMatch } from "../../../functions/src/domain/search-query.ts";
import { countAggregate, countReads } from "./read-counter.ts";
import { fromFirestore, type Transaction } from "./transaction.ts";

/** The accounts to search; null for all, which only head office may. */
export type Scope = readonly string[] | null;

/** Payments to find before the search waits. */
const WANTED = 40;
/** Payments to read before the search waits, however few match. */
const MAX_READS = 500;
/** Payments of one query. */
const PAGE_SIZE = 50;
/** The most that the security rules allow a query, so that a count costs one read. */
const MAX_COUNTED = 500;

/** One account's payments, or all accounts'. */
interface Source {
  /** Newest first; null until the condition is chosen that costs the fewest reads. */
  query: Query | null;
  payments: Query;
  last: QueryDocumentSnapshot | null;
  isDone: boolean;
}

export interface SearchPage {
  payments: Transaction[];
  /** Whether every payment that can match was read. */
  isComplete: boolean;
}

/**
 * Finds payments, newest first. Firestore finds the payments with a term of one condition; the others are checked on
 * each payment that is read. Offline, it fails.
 */
export class PaymentSearch {
  readonly #conditions: readonly Condition[];
  readonly #sources: readonly Source[];
  /** Found, and not yet newer than everything that is unread. */
  #waiting: Transaction[] = [];

  constructor(database: Firestore, scope: Scope, conditions: readonly Condition[]) {
    this.#conditions = conditions;
    this.#sources = sourcesOf(database, scope).map((payments) => ({
      query: null,
      payments,
      last: null,
      isDone: false,
    }));
  }

  /** Reads on until enough further payments match, or until `MAX_READS`. Throws FirestoreError. */
  async next(): Promise<SearchPage> {
    for (let reads = 0; ;) {
      const open = this.#sources.filter(({ isDone }) => !isDone);
      const newestUnread = Math.max(...open.map(timeOf));
      const [found, waiting] = partition(this.#waiting, (payment) => createdAtOf(payment) >= newestUnread);
      const [next] = open.toSorted((a, b) => timeOf(b) - timeOf(a));
      if (!next || found.length >= WANTED || reads >= MAX_READS) {
        this.#waiting = waiting;
        return { payments: found.toSorted(newestFirst), isComplete: !next };
      }
      reads += await this.#read(next);
    }
  }

  /** Reads the next page of a source. Returns the number of payments. */
  async #read(source: Source): Promise<number> {
    source.query ??= await this.#cheapest(source.payments);
    if (!source.query) {
      source.isDone = true;
      return 0;
    }
    const page = query(source.query, ...(source.last ? [startAfter(source.last)] : []), limit(PAGE_SIZE));
    const snapshot = await getDocsFromServer(page);
    countReads(snapshot, true);
    source.isDone = snapshot.size < PAGE_SIZE;
    source.last = snapshot.docs.at(-1) ?? source.last;
    const payments = snapshot.docs.map(toTransaction).filter((payment) => isMatch(payment, this.#conditions));
    this.#waiting.push(...payments);
    return snapshot.size;
  }

  /** The query by the condition that the fewest payments match; null if none matches one of them. */
  async #cheapest(payments: Query): Promise<Query | null> {
    const queries = this.#conditions
      .filter(({ anyOf }) => anyOf.length > 0)
      .map(({ anyOf }) => query(payments, where("search", "array-contains-any", anyOf), orderBy("createdAt", "desc")));
    if (queries.length === 1) return queries[0] ?? null;
    const counts = await Promise.all(
      queries.map(async (one) => {
        const snapshot = await getCountFromServer(query(one, limit(MAX_COUNTED)));
        countAggregate();
        return snapshot.data().count;
      }),
    );
    const fewest = Math.min(...counts);
    return fewest === 0 ? null : (queries[counts.indexOf(fewest)] ?? null);
  }
}

function sourcesOf(database: Firestore, scope: Scope): Query[] {
  if (scope === null) return [collectionGroup(database, "transactions")];
  return scope.map((franchiseeId) => collection(database, "franchisees", franchiseeId, "transactions"));
}

/** In milliseconds; the unread payments of a source are not newer. */
function timeOf({ last }: Source): number {
  return last ? createdAtOf(toTransaction(last)) : Infinity;
}

function createdAtOf({ createdAt }: Transaction): number {
  return createdAt?.getTime() ?? 0;
}

function newestFirst(a: Transaction, b: Transaction): number {
  return createdAtOf(b) - createdAtOf(a);
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

function toTransaction(document: QueryDocumentSnapshot): Transaction {
  return fromFirestore(document.ref.parent.parent?.id ?? "", document.id, document.data());
}

/** The payments with the id of a PaymentIntent or a charge: one, or none. Throws FirestoreError. */
export async function paymentsById(
  database: Firestore,
  scope: Scope,
  { kind, id }: { kind: "payment" | "charge"; id: string },
): Promise<Transaction[]> {
  if (kind === "payment" && scope !== null) {
    const read = scope.map(async (franchiseeId) => {
      const document = await getDocFromServer(doc(database, "franchisees", franchiseeId, "transactions", id));
      countReads(document, true);
      return document.exists() ? [toTransaction(document)] : [];
    });
    return (await Promise.all(read)).flat();
  }
  const field = kind === "payment" ? "stripePaymentId" : "stripe.chargeId";
  const read = sourcesOf(database, scope).map(async (payments) => {
    const snapshot = await getDocsFromServer(query(payments, where(field, "==", id), limit(1)));
    countReads(snapshot, true);
    return snapshot.docs.map(toTransaction);
  });
  return (await Promise.all(read)).flat();
}

/** The account of a deposit; null if there is none with this id. Throws FirestoreError. */
export async function accountOfDeposit(database: Firestore, scope: Scope, payoutId: string): Promise<string | null> {
  if (scope === null) {
    const snapshot = await getDocsFromServer(
      query(collectionGroup(database, "payouts"), where("id", "==", payoutId), limit(1)),
    );
    countReads(snapshot, true);
    return snapshot.docs[0]?.ref.parent.parent?.id ?? null;
  }
  const found = await Promise.all(
    scope.map(async (franchiseeId) => {
      const document = await getDocFromServer(doc(database, "franchisees", franchiseeId, "payouts", payoutId));
      countReads(document, true);
      return document.exists() ? [franchiseeId] : [];
    }),
  );
  return found.flat()[0] ?? null;
}

/** Whether there is such a franchisee in the scope. Throws FirestoreError. */
export async function isFranchisee(database: Firestore, scope: Scope, franchiseeId: string): Promise<boolean> {
  if (scope !== null) return scope.includes(franchiseeId);
  const document = await getDocFromServer(doc(database, "franchisees", franchiseeId));
  countReads(document, true);
  return document.exists();
}
