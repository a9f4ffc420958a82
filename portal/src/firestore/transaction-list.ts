/** A franchisee's payments, newest first, however many: pages that are listened to while they are looked at. */
import {
  collection,
  documentId,
  endAt,
  type Firestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  type QueryConstraint,
  type QuerySnapshot,
  startAfter,
  Timestamp,
  where,
} from "firebase/firestore";
import { tellFromCache } from "./connection-status.ts";
import { failureOf } from "./use-firestore.ts";
import { MAX_HEAD, PAGE_SIZE, pagesOf, type Range } from "./paging.ts";
import { type Payment, paymentOf } from "./transaction.ts";
import { countListener, countReads } from "./read-counter.ts";
import { together } from "./batch-updates.ts";

/** Which payments are listed; null is all of them. Instants, `to` not included. */
export interface Filter {
  status: string | null;
  term: string | null;
  from: Date | null;
  to: Date | null;
}

/** A place in the order: between two payments of one moment, their ids decide. */
type Cursor = readonly [createdAt: Timestamp, id: string];

interface Row {
  payment: Payment;
  cursor: Cursor;
}

interface Page {
  /** It begins after this; null: at the newest. */
  above: Cursor | null;
  /** It ends with this; null as long as fewer have been found than a page holds. */
  bottom: Cursor | null;
  rows: Row[];
  state: "loading" | "ready" | "refused" | "failed";
  /** Ends what is listened to. */
  stop: (() => void) | null;
  /** The bottom as the listener has it; null: it is told so many rows as a page holds. */
  listened: Cursor | null;
  /** Ends the listener before the newest, if there is one and the newest can do without it. */
  takeOver: () => void;
}

/** The rules allow no more, and no page comes near it. */
const MAX_ROWS = 500;

export class PaymentList {
  readonly #database: Firestore;
  readonly #franchiseeId: string;
  readonly #filter: Filter;
  readonly #onChange: () => void;
  #pages: Page[] = [];
  #shown: Range = { from: 0, to: 0 };

  constructor(database: Firestore, franchiseeId: string, filter: Filter, onChange: () => void) {
    this.#database = database;
    this.#franchiseeId = franchiseeId;
    this.#filter = filter;
    this.#onChange = onChange;
    this.#pages = [newPage(null)];
    this.show(this.#shown);
  }

  get pages(): readonly (readonly Row[])[] {
    return this.#pages.map(({ rows }) => rows);
  }

  get length(): number {
    return this.#pages.reduce((sum, { rows }) => sum + rows.length, 0);
  }

  /** Of the page that comes next, or of the one that went wrong. */
  get state(): Page["state"] {
    return this.#pages.find(({ state }) => state !== "ready")?.state ?? "ready";
  }

  /** Whether all of them have been found. */
  get isComplete(): boolean {
    const last = this.#pages.at(-1);
    return last?.state === "ready" && last.bottom === null;
  }

  /** These rows are looked at: their pages are listened to, and no others. */
  show(range: Range): void {
    this.#shown = range;
    const last = this.#pages.at(-1);
    if (last?.bottom && range.to > this.length) this.#pages.push(newPage(last.bottom));
    const live = pagesOf(
      this.#pages.map(({ rows }) => rows.length),
      range,
    );
    for (const [index, page] of this.#pages.entries()) {
      const isLive = index >= live.from && index < live.to;
      if (isLive && !page.stop) this.#listen(page);
      if (!isLive && page.stop) mute(page);
    }
  }

  close(): void {
    for (const page of this.#pages) mute(page);
  }

  retry(): void {
    for (const page of this.#pages) {
      if (page.state === "ready" || page.state === "loading") continue;
      mute(page);
      page.state = "loading";
    }
    this.show(this.#shown);
    this.#onChange();
  }

  #listen(page: Page): void {
    const { status, term, from, to } = this.#filter;
    const constraints: QueryConstraint[] = [
      ...(status === null ? [] : [where("status", "==", status)]),
      ...(term === null ? [] : [where("search", "array-contains", term)]),
      ...(from ? [where("createdAt", ">=", Timestamp.fromDate(from))] : []),
      ...(to ? [where("createdAt", "<", Timestamp.fromDate(to))] : []),
      orderBy("createdAt", "desc"),
      orderBy(documentId(), "desc"),
      ...(page.above ? [startAfter(...page.above)] : []),
      ...(page.bottom ? [endAt(...page.bottom), limit(MAX_ROWS)] : [limit(PAGE_SIZE)]),
    ];
    page.listened = page.bottom;
    const name = `payments ${page.above?.[1] ?? ""}`;
    const isByRange = page.bottom !== null;
    // What has been listened to goes on until this one has spoken, so that nothing is missed in between; and until it has told the
    // newest of what this one tells: a first answer may be ahead of what all other listeners have been told.
    let before = page.stop;
    let first: QuerySnapshot | null = null;
    page.takeOver = () => {
      const newest = first?.docs[0]?.id;
      if (!before || !first || (newest !== undefined && !page.rows.some(({ payment }) => payment.id === newest)))
        return;
      before();
      before = null;
      this.#take(page, first, isByRange);
    };
    let isFirst = true;
    let isStopped = false;
    const isClosed = countListener();
    const unsubscribe = onSnapshot(
      query(collection(this.#database, "franchisees", this.#franchiseeId, "transactions"), ...constraints),
      { includeMetadataChanges: true },
      (snapshot) => {
        countReads(snapshot, isFirst);
        tellFromCache(name, snapshot.metadata.fromCache);
        if (isFirst && snapshot.metadata.fromCache) return;
        if (!isFirst && snapshot.docChanges().length === 0) return;
        isFirst = false;
        together(() => {
          if (isStopped) return;
          if (!before) return this.#take(page, snapshot, isByRange);
          first = snapshot;
          page.takeOver();
        });
      },
      (error) => {
        page.state = failureOf(error).state;
        this.#onChange();
      },
    );
    page.stop = () => {
      isStopped = true;
      before?.();
      unsubscribe();
      isClosed();
      tellFromCache(name, false);
    };
  }

  #take(page: Page, snapshot: QuerySnapshot, isByRange: boolean): void {
    const told = snapshot.docs.map((document): Row => ({
      payment: paymentOf(this.#franchiseeId, document.id, document.data()),
      cursor: [createdAtOf(document.get("createdAt")), document.id],
    }));
    const { bottom } = page;
    const rows = told.filter(({ cursor }) => bottom === null || !isBelow(cursor, bottom));
    const last = rows.at(-1)?.cursor;
    // The limit may have kept some of the range back.
    if (last && told.length === rows.length && rows.length === (isByRange ? MAX_ROWS : PAGE_SIZE)) {
      const ids = new Set(told.map(({ payment }) => payment.id));
      if (!isByRange && page.rows.some(({ payment }) => ids.has(payment.id))) {
        // It has pushed these out.
        rows.push(...page.rows.filter(({ cursor }) => isBelow(cursor, last)));
      } else if (bottom && isBelow(bottom, last)) {
        // So many have come at once that nobody knows what is between: a page of their own finds out.
        this.#pages.splice(this.#pages.indexOf(page) + 1, 0, { ...newPage(last), bottom });
        page.bottom = last;
      }
    }
    page.rows = rows;
    page.state = "ready";
    if (!bottom && rows.length >= PAGE_SIZE) page.bottom = rows.at(-1)?.cursor ?? null;
    if (page.above === null && rows.length > MAX_HEAD) this.#cutHead(page);
    const isTheirs = page.listened?.[1] === page.bottom?.[1] || (!page.listened && last?.[1] === page.bottom?.[1]);
    // From now on the page goes by its range.
    if (!isTheirs) this.#listen(page);
    this.show(this.#shown);
    this.#onChange();
    page.takeOver();
  }

  /** What is below the newest rows becomes a page of its own, which is listened to only while it is looked at. */
  #cutHead(head: Page): void {
    const bottom = head.rows[PAGE_SIZE - 1]?.cursor;
    if (!bottom) return;
    const rest: Page = { ...newPage(bottom), bottom: head.bottom, rows: head.rows.slice(PAGE_SIZE), state: "ready" };
    Object.assign(head, { bottom, rows: head.rows.slice(0, PAGE_SIZE) });
    this.#pages.splice(1, 0, rest);
  }
}

/** The newest is at the top. */
function isBelow([createdAt, id]: Cursor, [otherCreatedAt, otherId]: Cursor): boolean {
  const [one, other] = [createdAt.valueOf(), otherCreatedAt.valueOf()];
  return one < other || (one === other && id < otherId);
}

function newPage(above: Cursor | null): Page {
  return { above, bottom: null, rows: [], state: "loading", stop: null, listened: null, takeOver: () => undefined };
}

function mute(page: Page): void {
  page.stop?.();
  page.stop = null;
}

/** The order has none without a time. */
function createdAtOf(value: unknown): Timestamp {
  return value instanceof Timestamp ? value : new Timestamp(0, 0);
}
