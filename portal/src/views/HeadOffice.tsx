import { collection, documentId, getDocs, limit, orderBy, query, where } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import { dayOf, monthAfter, monthOf } from "../../../functions/src/domain/calendar.ts";
import { derivedFrom, NO_TOTALS, type Totals } from "../../../functions/src/domain/totals.ts";
import { Badge } from "../components/badges.tsx";
import { FranchiseeName, placeOf } from "../components/FranchiseeName.tsx";
import { FreshnessText } from "../components/Freshness.tsx";
import { Title } from "../components/headings.tsx";
import {
  AmountByCurrency,
  ColumnHeaders,
  ExceptionCount,
  QueryTable,
  type SortColumn,
  SortHeaders,
} from "../components/tables.tsx";
import { TimeZoneNote } from "../components/Time.tsx";
import { TrendBars } from "../components/TrendBars.tsx";
import { useNow } from "../components/use-now.ts";
import { countReads } from "../firestore/read-counter.ts";
import { type Franchisee, type Month, toFranchisee, toMonth, withFigures } from "../firestore/revenue.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { addressOf, exceptionsOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { DEFAULT_CURRENCY, TIME_ZONE } from "../settings.ts";
import { monthName } from "../time.ts";
import { WATERFALL_TEXT } from "../waterfall.ts";

/** The initial number of rows (60 reads with their trends), and the maximum of the security rules. */
const FIRST = 12;
const MAX = 500;

type Column = "franchisee" | "gross" | "net" | "earned" | "exceptions" | "freshness";

const COLUMNS: readonly SortColumn<Column>[] = [
  { key: "franchisee", name: TEXT.franchisee, isText: true },
  { key: "gross", name: TEXT.gross },
  { key: "net", name: TEXT.net },
  { key: "earned", name: WATERFALL_TEXT.earned },
  { key: "exceptions", name: TEXT.exceptions },
  { key: "freshness", name: TEXT.freshness, isText: true },
];

/** The totals of a franchisee's first currency, by which rows are sorted. */
function mainOf({ totals }: Franchisee): [currency: string, amounts: Totals] {
  return [...totals][0] ?? ["", NO_TOTALS];
}

/** Sorts by currency first. */
function byAmount(of: (totals: Totals) => number) {
  return (a: Franchisee, b: Franchisee): number => {
    const [[currency, amounts], [otherCurrency, otherAmounts]] = [mainOf(a), mainOf(b)];
    return compareText(currency, otherCurrency) || of(otherAmounts) - of(amounts);
  };
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Franchisees without a name come last. */
function compareNames(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a.localeCompare(b);
}

function byId(a: Franchisee, b: Franchisee): number {
  return compareText(a.franchiseeId, b.franchiseeId);
}

function earnedIn(totals: Totals): number {
  return derivedFrom(totals).earned;
}

const COMPARE: Readonly<Record<Column, (a: Franchisee, b: Franchisee) => number>> = {
  franchisee: (a, b) => compareNames(a.profile.businessName, b.profile.businessName) || byId(a, b),
  gross: byAmount(({ gross }) => gross),
  net: byAmount(({ net }) => net),
  earned: byAmount(earnedIn),
  exceptions: (a, b) => b.exceptions.open - a.exceptions.open,
  freshness: (a, b) => (a.freshness.completeUntil?.getTime() ?? 0) - (b.freshness.completeUntil?.getTime() ?? 0),
};

export function HeadOffice({ session }: { session: SignedIn }) {
  const [size, setSize] = useState(FIRST);
  const [sort, setSort] = useState<{ column: Column; isReversed: boolean }>({
    column: "exceptions",
    isReversed: false,
  });
  const result = useQuery(
    `franchisees ${size}`,
    () => query(collection(session.database, "franchisees"), orderBy("exceptions.open", "desc"), limit(size)),
    (document) => toFranchisee(document.id, document.data()),
  );
  const sortBy = (column: Column, isAscending: boolean): void => {
    setSort({ column, isReversed: isText(column) !== isAscending });
    // Except for the query's own order, sorting needs every franchisee.
    const isQueryOrder = column === "exceptions" && sort.column !== column;
    if (!isQueryOrder && result.state === "ready" && result.data.length >= size) setSize(MAX);
  };
  const direction = sort.isReversed ? -1 : 1;
  return (
    <div class="page">
      <Title>{TEXT.franchisees}</Title>
      <TimeZoneNote />
      <QueryTable
        title={TEXT.franchisees}
        result={result}
        size={size}
        max={MAX}
        onShowMore={() => setSize(MAX)}
        noRows={{ title: TEXT.noFranchisees, lead: TEXT.noFranchiseesLead }}
        header={
          <>
            <SortHeaders
              columns={COLUMNS}
              sorted={sort.column}
              isAscending={isText(sort.column) !== sort.isReversed}
              onSort={sortBy}
            />
            <ColumnHeaders names={[TEXT.trend]} />
          </>
        }
      >
        {(franchisees) =>
          franchisees
            .toSorted((a, b) => direction * COMPARE[sort.column](a, b) || byId(a, b))
            .map((franchisee) => (
              <FranchiseeRow key={franchisee.franchiseeId} session={session} franchisee={franchisee} />
            ))
        }
      </QueryTable>
    </div>
  );
}

function isText(column: Column): boolean {
  return COLUMNS.some(({ key, isText: isTextColumn = false }) => key === column && isTextColumn);
}

function FranchiseeRow({ session, franchisee }: { session: SignedIn; franchisee: Franchisee }) {
  const { franchiseeId, profile, exceptions, freshness, balance } = franchisee;
  const totals = withFigures(franchisee.totals);
  return (
    <tr>
      <th scope="row" data-name={TEXT.franchisee}>
        <a href={addressOf(franchiseeId)}>
          <FranchiseeName franchiseeId={franchiseeId} profile={profile} />
        </a>
        {placeOf(profile) === "" ? null : (
          <small class="place" dir="auto">
            {placeOf(profile)}
          </small>
        )}
      </th>
      <td class="number" data-name={TEXT.gross}>
        <AmountByCurrency revenue={totals} of={({ gross }) => gross} />
      </td>
      <td class="number" data-name={TEXT.net}>
        <AmountByCurrency revenue={totals} of={({ net }) => net} />
      </td>
      <td class="number" data-name={WATERFALL_TEXT.earned}>
        <AmountByCurrency revenue={totals} of={earnedIn} />
      </td>
      <td class="number" data-name={TEXT.exceptions}>
        {exceptions.open === 0 ? (
          "0"
        ) : (
          <a href={exceptionsOf(franchiseeId)}>
            <ExceptionCount open={exceptions.open} />
          </a>
        )}
        {balance?.isExplained === false ? (
          <span class="line">
            <Badge kind="bad">{TEXT.unexplainedBalance}</Badge>
          </span>
        ) : null}
      </td>
      <td data-name={TEXT.freshness}>
        <FreshnessText freshness={freshness} />
      </td>
      <td data-name={TEXT.trend}>
        <Trend session={session} franchiseeId={franchiseeId} currency={mainOf(franchisee)[0]} />
      </td>
    </tr>
  );
}

const TREND_MONTHS = 4;

/** The gross of recent months, read once, when the row becomes visible. */
function Trend({ session, franchiseeId, currency }: { session: SignedIn; franchiseeId: string; currency: string }) {
  const { database } = session;
  const container = useRef<HTMLSpanElement>(null);
  const [months, setMonths] = useState<Month[] | null>(null);
  const thisMonth = monthOf(dayOf(useNow(), TIME_ZONE));
  const first = monthAfter(thisMonth, 1 - TREND_MONTHS);
  useEffect(() => {
    const read = async (): Promise<void> => {
      const revenue = collection(database, "franchisees", franchiseeId, "revenue");
      const recent = where(documentId(), ">=", first);
      const snapshot = await getDocs(query(revenue, recent, orderBy(documentId()), limit(TREND_MONTHS + 1)));
      countReads(snapshot, true);
      setMonths(snapshot.docs.map((document) => toMonth(document.id, document.data())));
    };
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      // The trend is optional: an error leaves it empty.
      read().catch(() => setMonths([]));
    });
    if (container.current) observer.observe(container.current);
    return () => observer.disconnect();
  }, [database, franchiseeId, first]);
  const bars = Array.from({ length: TREND_MONTHS }, (_, index) => {
    const id = monthAfter(first, index);
    return {
      name: monthName(id),
      gross: months?.find(({ month }) => month === id)?.totals.get(currency)?.gross ?? 0,
    };
  });
  return (
    <span ref={container} class="trend">
      {months === null ? null : <TrendBars bars={bars} currency={currency || DEFAULT_CURRENCY} />}
    </span>
  );
}
