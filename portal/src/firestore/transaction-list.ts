import {
  collection,
  documentId,
  endAt,
  type Firestore,
  getDocs,
  limit,
  orderBy,
  query,
  type QueryConstraint,
  type QueryDocumentSnapshot,
  type QuerySnapshot,
  startAfter,
  Timestamp,
  where,
} from "firebase/firestore";
import { filterTerm, type PaymentFilter } from "../../../functions/src/domain/filter-terms.ts";
import { MAX_FIRST_PAGE, PAGE_SIZE, pagesInRange, type Range } from "./paging.ts";
import { countReads } from "./read-counter.ts";
import { fromFirestore, type Transaction } from "./transaction.ts";
import { subscribe } from "./use-firestore.ts";

/** Null means no restriction; `to` is exclusive. */
export interface Filter extends PaymentFilter {
  from: Date | null;
  to: Date | null;
}

export function newestFirst({ from, to, ...filter }: Filter): QueryConstraint[] {
  const term = filterTerm(filter);
  return [
    ...(term === null ? [] : [where("search", "array-contains", term)]),
    ...(term === null && filter.status !== undefined ? [where("status", "==", filter.status)] : []),
    ...(from ? [where("createdAt", ">=", Timestamp.fromDate(from))] : []),
    ...(to ? [where("createdAt", "<", Timestamp.fromDate(to))] : []),
    orderBy("createdAt", "desc"),
    orderBy(documentId(), "desc"),
  ];
}

/** A position in the order. Ids order transactions created at the same time. */
type Cursor = readonly [createdAt: Timestamp, id: string];

interface Row {
  transaction: Transaction;
  cursor: Cursor;
}

/** What a table of payments draws. */
export interface PaymentList {
  readonly pages: readonly (readonly { transaction: Transaction }[])[];
  readonly length: number;
  readonly state: PageState;
  /** Whether the last transaction is loaded. */
  readonly isComplete: boolean;
  setVisible: (range: Range) => void;
  retry: () => void;
  close: () => void;
}

type PageState = "loading" | "ready" | "denied" | "failed";

class Page {
  /** The page starts after this; null: at the newest transaction. */
  readonly above: Cursor | null;
  /** The page ends with this; null until it is full. */
  bottom: Cursor | null;
  rows: Row[] = [];
  state: PageState = "loading";
  /** Null while the page has no listener. */
  stop: (() => void) | null = null;
  /** `bottom` when the listener was opened; null: the listener is limited to PAGE_SIZE. */
  listenedBottom: Cursor | null = null;
  /** Replaces the previous listener by the new one as soon as that loses no rows. */
  switchListener = (): void => undefined;

  constructor(above: Cursor | null, bottom: Cursor | null = null) {
    this.above = above;
    this.bottom = bottom;
  }

  stopListening(): void {
    this.stop?.();
    this.stop = null;
  }
}

/** The maximum that the security rules allow. */
const MAX_ROWS = 500;

/** Reads a franchisee's newest transactions once, at most `most`. Throws without a connection, and FirestoreError. */
export async function readTransactions(
  database: Firestore,
  franchiseeId: string,
  filter: Filter,
  most: number,
): Promise<{ transactions: Transaction[]; isComplete: boolean }> {
  const all = query(collection(database, "franchisees", franchiseeId, "transactions"), ...newestFirst(filter));
  const found: QueryDocumentSnapshot[] = [];
  let isComplete = false;
  while (!isComplete && found.length <= most) {
    const last = found.at(-1);
    const page = await getDocs(query(all, ...(last ? [startAfter(last)] : []), limit(MAX_ROWS)));
    if (page.metadata.fromCache) throw new Error("The transactions can only be read with a connection.");
    countReads(page, true);
    found.push(...page.docs);
    isComplete = page.size < MAX_ROWS;
  }
  const transactions = found.slice(0, most).map((one) => fromFirestore(franchiseeId, one.id, one.data()));
  return { transactions, isComplete: found.length <= most };
}

/**
 * A franchisee's transactions, newest first, in pages. A page's states:
 *
 *     loading ──first snapshot──► open ──PAGE_SIZE rows──► bounded ──first page over MAX_FIRST_PAGE──► split in two
 *     open, bounded ──hidden──► without listener, rows kept ──visible──► open, bounded
 *     all ──error──► denied, failed ──retry──► loading
 *
 * An open page listens to PAGE_SIZE rows, a bounded one to the range down to its bottom. The new listener of a page
 * replaces the old one only after the page has shown its first response, so nothing is missed in between.
 */
export class TransactionList implements PaymentList {
  readonly #database: Firestore;
  readonly #franchiseeId: string;
  readonly #filter: Filter;
  readonly #onChange: () => void;
  #pages: Page[] = [new Page(null)];
  #visible: Range = { from: 0, to: 0 };

  constructor(database: Firestore, franchiseeId: string, filter: Filter, onChange: () => void) {
    this.#database = database;
    this.#franchiseeId = franchiseeId;
    this.#filter = filter;
    this.#onChange = onChange;
    this.setVisible(this.#visible);
  }

  get pages(): readonly (readonly Row[])[] {
    return this.#pages.map(({ rows }) => rows);
  }

  get length(): number {
    return this.#pages.reduce((sum, { rows }) => sum + rows.length, 0);
  }

  /** The state of the first page that is not ready. */
  get state(): PageState {
    return this.#pages.find(({ state }) => state !== "ready")?.state ?? "ready";
  }

  /** Whether the last transaction is loaded. */
  get isComplete(): boolean {
    const last = this.#pages.at(-1);
    return last?.state === "ready" && last.bottom === null;
  }

  /** Listens only to the pages of these rows. */
  setVisible(range: Range): void {
    this.#visible = range;
    const last = this.#pages.at(-1);
    if (last?.bottom && range.to > this.length) this.#pages.push(new Page(last.bottom));
    const sizes = this.#pages.map(({ rows }) => rows.length);
    const visible = pagesInRange(sizes, range);
    for (const [index, page] of this.#pages.entries()) {
      const isVisible = index >= visible.from && index < visible.to;
      if (isVisible && !page.stop) this.#listen(page);
      if (!isVisible && page.stop) page.stopListening();
    }
  }

  close(): void {
    for (const page of this.#pages) page.stopListening();
  }

  retry(): void {
    for (const page of this.#pages) {
      if (page.state === "ready" || page.state === "loading") continue;
      page.stopListening();
      page.state = "loading";
    }
    this.setVisible(this.#visible);
    this.#onChange();
  }

  #listen(page: Page): void {
    const constraints = [
      ...newestFirst(this.#filter),
      ...(page.above ? [startAfter(...page.above)] : []),
      ...(page.bottom ? [endAt(...page.bottom), limit(MAX_ROWS)] : [limit(PAGE_SIZE)]),
    ];
    page.listenedBottom = page.bottom;
    const isRange = page.bottom !== null;
    let stopPrevious = page.stop;
    let first: QuerySnapshot | null = null;
    // The first response may be ahead of the other listeners, so the previous listener continues until the page shows
    // the newest row of that response.
    page.switchListener = () => {
      const newest = first?.docs[0]?.id;
      const isShown = page.rows.some(({ transaction }) => transaction.stripePaymentId === newest);
      if (!stopPrevious || !first || (newest !== undefined && !isShown)) return;
      stopPrevious();
      stopPrevious = null;
      this.#apply(page, first, isRange);
    };
    const stop = subscribe(
      `transactions ${page.above?.[1] ?? ""}`,
      query(collection(this.#database, "franchisees", this.#franchiseeId, "transactions"), ...constraints),
      (snapshot) => {
        if (!stopPrevious) return this.#apply(page, snapshot, isRange);
        first = snapshot;
        page.switchListener();
      },
      ({ state }) => {
        page.state = state;
        this.#onChange();
      },
    );
    page.stop = () => {
      stopPrevious?.();
      stop();
    };
  }

  #apply(page: Page, snapshot: QuerySnapshot, isRange: boolean): void {
    const received = snapshot.docs.map((document): Row => ({
      transaction: fromFirestore(this.#franchiseeId, document.id, document.data()),
      cursor: [toTimestamp(document.get("createdAt")), document.id],
    }));
    const { bottom } = page;
    const rows = received.filter(({ cursor }) => bottom === null || !isBelow(cursor, bottom));
    const last = rows.at(-1)?.cursor;
    // At its limit, the query may have left out part of the range.
    if (last && received.length === rows.length && rows.length === (isRange ? MAX_ROWS : PAGE_SIZE)) {
      const ids = new Set(received.map(({ cursor: [, id] }) => id));
      if (!isRange && page.rows.some(({ cursor: [, id] }) => ids.has(id))) {
        // New rows displaced these.
        rows.push(...page.rows.filter(({ cursor }) => isBelow(cursor, last)));
      } else if (bottom && isBelow(bottom, last)) {
        // Too many arrived at once: a new page loads the rows in between.
        this.#pages.splice(this.#pages.indexOf(page) + 1, 0, new Page(last, bottom));
        page.bottom = last;
      }
    }
    page.rows = rows;
    page.state = "ready";
    if (!bottom && rows.length >= PAGE_SIZE) page.bottom = rows.at(-1)?.cursor ?? null;
    if (page.above === null && rows.length > MAX_FIRST_PAGE) this.#splitFirstPage(page);
    const bottomId = page.bottom?.[1];
    const isCovered = page.listenedBottom?.[1] === bottomId || (!page.listenedBottom && last?.[1] === bottomId);
    if (!isCovered) this.#listen(page);
    this.setVisible(this.#visible);
    this.#onChange();
    page.switchListener();
  }

  /** Moves all but the newest rows to a new page. */
  #splitFirstPage(page: Page): void {
    const bottom = page.rows[PAGE_SIZE - 1]?.cursor;
    if (!bottom) return;
    const rest = new Page(bottom, page.bottom);
    rest.state = "ready";
    rest.rows = page.rows.splice(PAGE_SIZE);
    page.bottom = bottom;
    this.#pages.splice(1, 0, rest);
  }
}

/** Newest at the top. */
function isBelow([createdAt, id]: Cursor, [otherCreatedAt, otherId]: Cursor): boolean {
  const [one, other] = [createdAt.valueOf(), otherCreatedAt.valueOf()];
  return one < other || (one === other && id < otherId);
}

/** The order contains no document without a time. */
function toTimestamp(value: unknown): Timestamp {
  return value instanceof Timestamp ? value : new Timestamp(0, 0);
}
