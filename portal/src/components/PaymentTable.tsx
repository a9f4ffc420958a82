import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { type Range, rowsInRange, visibleRows } from "../firestore/paging.ts";
import type { Transaction } from "../firestore/transaction.ts";
import { SortedList } from "../firestore/sorted-list.ts";
import { type Filter, type PaymentList, TransactionList } from "../firestore/transaction-list.ts";
import { customerText, remarkText, statusText, TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { currentParameters } from "../page-parameters.ts";
import { isNewestFirst, type Order, ORDERS, type PaymentOrder } from "../payment-order.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { earnedText, WATERFALL_TEXT } from "../waterfall.ts";
import { Badge, statusKind } from "./badges.tsx";
import { ErrorNotice, Loading, LoadingText } from "./states.tsx";
import { Time } from "./Time.tsx";

interface PaymentTableProps {
  session: SignedIn;
  franchiseeId: string;
  filter: Filter;
  order: PaymentOrder;
  onSort: (order: PaymentOrder) => void;
  /** Shown instead of an empty table. */
  noRows: ComponentChildren;
}

/** Draws only the rows in or near the window. Needs a `key` for each filter and order. */
export function PaymentTable({ session, franchiseeId, filter, order, onSort, noRows }: PaymentTableProps) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [range, setRange] = useState<Range>({ from: 0, to: 0 });
  const [rowHeight, setRowHeight] = useState(currentRowHeight);
  const body = useRef<HTMLDivElement>(null);
  const list = useRef<PaymentList | null>(null);
  const newestId = useRef<string | undefined>(undefined);

  useEffect(() => {
    const onChange = (): void => redraw(undefined);
    const opened = isNewestFirst(order)
      ? new TransactionList(session.database, franchiseeId, filter, onChange)
      : new SortedList(session.database, franchiseeId, { filter, order }, onChange);
    list.current = opened;
    return () => opened.close();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` remounts the table for another filter
  }, []);

  const rowCount = list.current?.length ?? 0;
  useEffect(() => {
    const update = (): void => {
      const box = body.current?.getBoundingClientRect();
      if (!box) return;
      const height = currentRowHeight();
      const next = visibleRows({ top: -box.top, height: innerHeight, rowHeight: height });
      setRowHeight(height);
      setRange((before) => (before.from === next.from && before.to === next.to ? before : next));
      list.current?.setVisible(next);
    };
    // Content above the list moves it.
    const observer = new ResizeObserver(update);
    observer.observe(document.body);
    addEventListener("scroll", update, { passive: true });
    addEventListener("resize", update);
    return () => {
      observer.disconnect();
      removeEventListener("scroll", update);
      removeEventListener("resize", update);
    };
  }, [rowCount]);

  const pages = list.current?.pages ?? [];
  // New rows at the top do not move visible rows.
  useLayoutEffect(() => {
    const rows = pages.flat();
    const added = rows.findIndex(({ transaction }) => transaction.stripePaymentId === newestId.current);
    newestId.current = rows[0]?.transaction.stripePaymentId;
    const box = body.current?.getBoundingClientRect();
    if (added > 0 && box && box.top < 0) scrollBy({ top: added * rowHeight, behavior: "instant" });
  });

  const state = list.current?.state ?? "loading";
  const isComplete = list.current?.isComplete === true;
  if (state === "denied" || (state === "failed" && rowCount === 0))
    return <ErrorNotice isDenied={state === "denied"} />;
  if (rowCount === 0 && !isComplete) return <Loading />;
  if (rowCount === 0) return <>{noRows}</>;
  return (
    <>
      <div role="table" aria-label={TEXT.payments} aria-rowcount={isComplete ? rowCount + 1 : -1}>
        <div role="rowgroup" class="row-heads">
          <div class="row row-head" role="row" aria-rowindex={1}>
            {ORDERS.map((by) => (
              <SortHeader key={by} by={by} order={order} onSort={onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" class="rows" ref={body} style={{ height: `${rowCount * rowHeight}px` }}>
          {rowsInRange(pages, range).map(({ transaction }, index) => (
            <Row
              key={transaction.stripePaymentId}
              transaction={transaction}
              index={range.from + index}
              rowHeight={rowHeight}
            />
          ))}
        </div>
      </div>
      <p class="list-end">
        {state === "failed" ? (
          <button type="button" onClick={() => list.current?.retry()}>
            {TEXT.tryAgain}
          </button>
        ) : isComplete ? (
          TEXT.end
        ) : (
          <LoadingText />
        )}
      </p>
    </>
  );
}

/** Texts are first sorted ascending, dates and amounts descending. */
function SortHeader({ by, order, onSort }: Pick<PaymentTableProps, "order" | "onSort"> & { by: Order }) {
  const isSorted = order.by === by;
  const isText = by === "customer" || by === "workshop" || by === "status";
  return (
    <span
      role="columnheader"
      {...(isSorted && { "aria-sort": order.isAscending ? ("ascending" as const) : ("descending" as const) })}
    >
      <button
        type="button"
        class="sort"
        onClick={() => onSort({ by, isAscending: isSorted ? !order.isAscending : isText })}
      >
        {by === "earned" ? WATERFALL_TEXT.earned : TEXT[by]}
      </button>
    </span>
  );
}

/** In rem, as in styles/payments.css. */
const ROW_HEIGHT = { wide: 3.75, narrow: 5.25, stacked: 9.5 };
const NARROW = "(max-width: 56.1875em)";
const STACKED = "(max-width: 18em)";

/** In pixels, at the browser's text size. */
function currentRowHeight(): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const layout = matchMedia(STACKED).matches ? "stacked" : matchMedia(NARROW).matches ? "narrow" : "wide";
  return ROW_HEIGHT[layout] * rem;
}

function Row({ transaction, index, rowHeight }: { transaction: Transaction; index: number; rowHeight: number }) {
  const { stripePaymentId, franchiseeId, workshopName, createdAt, status, currency, exception } = transaction;
  const remark = remarkText(transaction);
  return (
    <div class="row" role="row" aria-rowindex={index + 2} style={{ transform: `translateY(${index * rowHeight}px)` }}>
      <span role="cell" class="cell-customer">
        <a dir="auto" href={`${addressOf(franchiseeId, stripePaymentId)}${currentParameters()}`}>
          {customerText(transaction)}
        </a>
      </span>
      <span role="cell" class="cell-workshop" dir="auto">
        {workshopName ?? TEXT.none}
      </span>
      <span role="cell" class="cell-date">
        {createdAt ? <Time at={createdAt} /> : TEXT.none}
      </span>
      <span role="cell" class="cell-status">
        <Badge kind={statusKind(status)}>{statusText(status)}</Badge>
        {remark === null ? null : <Badge kind={exception === "open" ? "bad" : "open"}>{remark}</Badge>}
      </span>
      <span role="cell" class="cell-amount number">
        {money(transaction.amount_total, currency)}
      </span>
      <span role="cell" class="cell-net number">
        {money(transaction.amount_franchisee_net, currency)}
      </span>
      <span role="cell" class="cell-earned number">
        {earnedText(transaction) ?? TEXT.none}
      </span>
    </div>
  );
}
