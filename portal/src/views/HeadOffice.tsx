import { collection, documentId, getDocs, limit, orderBy, query, where } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import { dayOf, monthAfter, monthOf } from "../../../functions/src/domain/calendar.ts";
import { NO_TOTALS } from "../../../functions/src/domain/totals.ts";
import { useNow } from "../components/use-now.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { money } from "../money.ts";
import { Badge } from "../components/badges.tsx";
import { ByCurrency, ShowMore } from "../components/tables.tsx";
import { FreshnessText } from "../components/Freshness.tsx";
import { Notice, Shown } from "../components/states.tsx";
import { Title } from "../components/headings.tsx";
import { countReads } from "../firestore/read-counter.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { TEXT } from "../messages.ts";
import { monthName } from "../time.ts";
import { type Franchisee, franchiseeOf, type Month, monthOfFields } from "../firestore/revenue.ts";

/** How many franchisees are shown at first: with their trends these are 60 reads. The rules allow no more than the other. */
const FIRST = 12;
const ALL = 500;

type Column = "franchisee" | "gross" | "net" | "exceptions" | "freshness";

const COLUMNS: readonly Column[] = ["franchisee", "gross", "net", "exceptions", "freshness"];

/** The first currency of a franchisee: amounts in others are not to be compared with it, and are sorted after it. */
function mainOf({ totals }: Franchisee): [currency: string, amounts: { gross: number; net: number }] {
  return [...totals][0] ?? ["", NO_TOTALS];
}

function compare(column: Column, a: Franchisee, b: Franchisee): number {
  const [[currencyOfA, amountsOfA], [currencyOfB, amountsOfB]] = [mainOf(a), mainOf(b)];
  switch (column) {
    case "franchisee":
      return a.id < b.id ? -1 : 1;
    case "gross":
    case "net":
      if (currencyOfA !== currencyOfB) return currencyOfA < currencyOfB ? -1 : 1;
      return amountsOfB[column] - amountsOfA[column];
    case "exceptions":
      return b.openExceptions - a.openExceptions;
    case "freshness":
    default:
      return (a.freshness.completeUntil?.getTime() ?? 0) - (b.freshness.completeUntil?.getTime() ?? 0);
  }
}

export function HeadOffice({ session }: { session: SignedIn }) {
  const [size, setSize] = useState(FIRST);
  const [sort, setSort] = useState<{ column: Column; isReversed: boolean }>({
    column: "exceptions",
    isReversed: false,
  });
  const franchisees = useQuery(
    `franchisees ${size}`,
    () => query(collection(session.database, "franchisees"), orderBy("exceptions.open", "desc"), limit(size)),
    (document) => franchiseeOf(document.id, document.data()),
  );
  const sortBy = (column: Column): void => {
    setSort({ column, isReversed: sort.column === column && !sort.isReversed });
    // An order over some of them would be an order of none.
    const isAsAsked = column === "exceptions" && sort.column !== column;
    if (!isAsAsked && franchisees.state === "ready" && franchisees.data.length >= size) setSize(ALL);
  };
  return (
    <div class="page">
      <Title>{TEXT.franchisees}</Title>
      <Shown listened={franchisees}>
        {(found) => {
          if (found.length === 0) return <Notice title={TEXT.noFranchisees} lead={TEXT.noFranchiseesLead} />;
          const direction = sort.isReversed ? -1 : 1;
          const sorted = found.toSorted((a, b) => direction * compare(sort.column, a, b) || (a.id < b.id ? -1 : 1));
          return (
            <>
              <table class="franchisees" aria-label={TEXT.franchisees}>
                <thead>
                  <tr>
                    {COLUMNS.map((column) => (
                      <th
                        key={column}
                        scope="col"
                        class={column === "franchisee" || column === "freshness" ? "" : "number"}
                        {...(sort.column === column && {
                          "aria-sort": isAscending(column, sort.isReversed)
                            ? ("ascending" as const)
                            : ("descending" as const),
                        })}
                      >
                        <button type="button" class="sort" onClick={() => sortBy(column)}>
                          {TEXT[column]}
                        </button>
                      </th>
                    ))}
                    <th scope="col">{TEXT.trend}</th>
                  </tr>
                </thead>
                <tbody>
                  {sorted.map((one) => (
                    <FranchiseeRow key={one.id} session={session} franchisee={one} />
                  ))}
                </tbody>
              </table>
              <ShowMore found={found.length} size={size} all={ALL} onShow={() => setSize(ALL)} />
            </>
          );
        }}
      </Shown>
    </div>
  );
}

/** Amounts and counts begin with the highest, the others with the lowest. */
function isAscending(column: Column, isReversed: boolean): boolean {
  return (column === "franchisee" || column === "freshness") !== isReversed;
}

function FranchiseeRow({ session, franchisee }: { session: SignedIn; franchisee: Franchisee }) {
  const { id, totals, openExceptions, freshness } = franchisee;
  return (
    <tr>
      <th scope="row" data-name={TEXT.franchisee}>
        <a href={addressOf(id)}>{id}</a>
      </th>
      <td class="number" data-name={TEXT.gross}>
        <ByCurrency revenue={totals} of={({ gross }) => gross} />
      </td>
      <td class="number" data-name={TEXT.net}>
        <ByCurrency revenue={totals} of={({ net }) => net} />
      </td>
      <td class="number" data-name={TEXT.exceptions}>
        {openExceptions === 0 ? "0" : <Badge kind="bad">{String(openExceptions)}</Badge>}
      </td>
      <td data-name={TEXT.freshness}>
        <FreshnessText freshness={freshness} />
      </td>
      <td data-name={TEXT.trend}>
        <Trend session={session} franchiseeId={id} currency={mainOf(franchisee)[0]} />
      </td>
    </tr>
  );
}

const TREND_MONTHS = 4;

/** The gross of the last months, read once, when the row is first seen. */
function Trend({ session, franchiseeId, currency }: { session: SignedIn; franchiseeId: string; currency: string }) {
  const place = useRef<HTMLSpanElement>(null);
  const [months, setMonths] = useState<Month[] | null>(null);
  const thisMonth = monthOf(dayOf(useNow(), TIME_ZONE));
  const names = Array.from({ length: TREND_MONTHS }, (_, index) => monthAfter(thisMonth, index + 1 - TREND_MONTHS));
  useEffect(() => {
    const read = async (): Promise<void> => {
      const revenue = collection(session.database, "franchisees", franchiseeId, "revenue");
      const wanted = where(documentId(), ">=", names[0]);
      const snapshot = await getDocs(query(revenue, wanted, orderBy(documentId()), limit(TREND_MONTHS + 1)));
      countReads(snapshot, true);
      setMonths(snapshot.docs.map((document) => monthOfFields(document.id, document.data())));
    };
    const observer = new IntersectionObserver((seen) => {
      if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      // A picture beside the numbers: without it nothing is missing.
      read().catch(() => setMonths([]));
    });
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, [franchiseeId, thisMonth]);
  const gross = names.map((name) => months?.find(({ id }) => id === name)?.totals.get(currency)?.gross ?? 0);
  const highest = Math.max(...gross, 1);
  const told = names
    .map((name, index) => `${monthName(name)} ${money(gross[index] ?? 0, currency || "cad")}`)
    .join(", ");
  return (
    <span ref={place} class="trend">
      {months === null ? null : (
        <svg role="img" aria-label={`${TEXT.gross}: ${told}`} viewBox={`0 0 ${TREND_MONTHS * 14} 28`}>
          {gross.map((amount, index) => {
            const height = Math.max(1.5, (26 * Math.max(0, amount)) / highest);
            return <rect key={names[index]} x={index * 14} y={28 - height} width={10} height={height} rx={1.5} />;
          })}
        </svg>
      )}
    </span>
  );
}
