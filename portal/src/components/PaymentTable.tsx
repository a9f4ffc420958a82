import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { type Filter, PaymentList } from "../firestore/transaction-list.ts";
import { money } from "../money.ts";
import { type Range, rowsInView, slice } from "../firestore/paging.ts";
import { Badge, statusKind } from "./badges.tsx";
import { Loading, Notice, Trouble } from "./states.tsx";
import type { Payment } from "../firestore/transaction.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { customerText, remarkText, statusText, TEXT } from "../messages.ts";
import { dateAndTime } from "../time.ts";

interface TableProps {
  session: SignedIn;
  franchiseeId: string;
  filter: Filter;
  isFiltered: boolean;
}

/** A table of which only the rows in the window exist, above a page that is as long as all of them. */
export function PaymentTable({ session, franchiseeId, filter, isFiltered }: TableProps) {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const [range, setRange] = useState<Range>({ from: 0, to: 0 });
  const [rowHeight, setRowHeight] = useState(ROW_HEIGHT.wide);
  const body = useRef<HTMLDivElement>(null);
  const list = useRef<PaymentList | null>(null);
  const top = useRef<string | undefined>(undefined);

  useEffect(() => {
    const made = new PaymentList(session.database, franchiseeId, filter, () => redraw(undefined));
    list.current = made;
    return () => made.close();
  }, []);

  const rows = list.current?.length ?? 0;
  useEffect(() => {
    const look = (): void => {
      const box = body.current?.getBoundingClientRect();
      if (!box) return;
      const height = matchMedia(NARROW).matches ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide;
      const next = rowsInView({ top: -box.top, height: innerHeight, rowHeight: height });
      setRowHeight(height);
      setRange((before) => (before.from === next.from && before.to === next.to ? before : next));
      list.current?.show(next);
    };
    // What is above the list grows and shrinks as well.
    const observer = new ResizeObserver(look);
    observer.observe(document.body);
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      observer.disconnect();
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [rows]);

  const pages = list.current?.pages ?? [];
  // Whoever reads further down is not moved by what arrives at the top.
  useLayoutEffect(() => {
    const all = pages.flat();
    const added = all.findIndex(({ payment }) => payment.id === top.current);
    top.current = all[0]?.payment.id;
    const box = body.current?.getBoundingClientRect();
    if (added > 0 && box && box.top < 0) scrollBy({ top: added * rowHeight, behavior: "instant" });
  });

  const state = list.current?.state ?? "loading";
  if (state === "refused" || (state === "failed" && rows === 0)) return <Trouble isRefused={state === "refused"} />;
  if (rows === 0 && list.current?.isComplete !== true) return <Loading />;
  if (rows === 0) {
    return isFiltered ? (
      <div role="status">
        <Notice title={TEXT.noMatches} />
      </div>
    ) : (
      <Notice title={TEXT.noPayments} lead={TEXT.noPaymentsLead} />
    );
  }
  return (
    <>
      <div
        class="table"
        role="table"
        aria-label={TEXT.payments}
        aria-rowcount={list.current?.isComplete ? rows + 1 : -1}
      >
        <div role="rowgroup">
          <div class="row row-head" role="row" aria-rowindex={1}>
            {[TEXT.customer, TEXT.workshop, TEXT.date, TEXT.status, TEXT.amount, TEXT.net].map((name) => (
              <span key={name} role="columnheader">
                {name}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" class="rows" ref={body} style={{ height: `${rows * rowHeight}px` }}>
          {slice(pages, range).map(({ payment }, index) => (
            <Row key={payment.id} payment={payment} index={range.from + index} rowHeight={rowHeight} />
          ))}
        </div>
      </div>
      <p class="list-end">
        {state === "failed" ? (
          <button type="button" onClick={() => list.current?.retry()}>
            {TEXT.tryAgain}
          </button>
        ) : list.current?.isComplete ? (
          TEXT.end
        ) : (
          TEXT.loading
        )}
      </p>
    </>
  );
}

/** Pixels; as in style.css. */
const ROW_HEIGHT = { wide: 60, narrow: 84 };
const NARROW = "(max-width: 719px)";

function Row({ payment, index, rowHeight }: { payment: Payment; index: number; rowHeight: number }) {
  const { id, franchiseeId, workshopName, createdAt, status, currency, total, net, exception } = payment;
  const remark = remarkText(payment);
  return (
    <div class="row" role="row" aria-rowindex={index + 2} style={{ transform: `translateY(${index * rowHeight}px)` }}>
      <span role="cell" class="cell-customer">
        <a href={addressOf(franchiseeId, id)}>{customerText(payment)}</a>
      </span>
      <span role="cell" class="cell-workshop">
        {workshopName ?? TEXT.none}
      </span>
      <span role="cell" class="cell-date">
        {createdAt ? <time dateTime={createdAt.toISOString()}>{dateAndTime(createdAt, TIME_ZONE)}</time> : TEXT.none}
      </span>
      <span role="cell" class="cell-status">
        <Badge kind={statusKind(status)}>{statusText(status)}</Badge>
        {remark === null ? null : <Badge kind={exception === "open" ? "bad" : "open"}>{remark}</Badge>}
      </span>
      <span role="cell" class="cell-amount number">
        {money(total, currency)}
      </span>
      <span role="cell" class="cell-net number">
        {money(net, currency)}
      </span>
    </div>
  );
}
