import { collection, documentId, limit, orderBy, query, where } from "firebase/firestore";
import { useState } from "preact/hooks";
import { monthOf } from "../../../functions/src/domain/calendar.ts";
import { derivedFrom, TOTAL_FIELDS, type Totals } from "../../../functions/src/domain/totals.ts";
import { CloseDialog } from "../components/CloseDialog.tsx";
import { NameOf } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { AmountByCurrency, ColumnHeaders, ExceptionCount, QueryTable } from "../components/tables.tsx";
import { TimeZoneNote } from "../components/Time.tsx";
import { numberAt, textAt, valueAt } from "../firestore/fields.ts";
import {
  currenciesOf,
  differenceOf,
  type Month,
  type Revenue,
  sumOf,
  toMonth,
  toRevenue,
  withFigures,
} from "../firestore/revenue.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { date } from "../time.ts";
import { WATERFALL_TEXT } from "../waterfall.ts";

/** About a month, and more than a year. */
const FIRST = 31;
const MAX = 400;
/** That many days are in no more months. */
const MAX_MONTHS = 15;

interface Close {
  day: string;
  /** The first close also covers every earlier day. */
  isFirst: boolean;
  /** Closes of the first format lack what the net adjustment consists of. */
  hasParts: boolean;
  transactions: number;
  totals: Revenue;
  exceptions: { open: number };
  hash: string;
}

function toClose(day: string, fields: unknown): Close {
  return {
    day,
    isFirst: valueAt(fields, "previous") === null,
    hasParts: numberAt(fields, "format") !== null,
    transactions: numberAt(fields, "transactions") ?? 0,
    totals: toRevenue(valueAt(fields, "totals")),
    exceptions: { open: numberAt(fields, "exceptions", "open") ?? 0 },
    hash: textAt(fields, "hash") ?? "",
  };
}

/** What a close would contain now, by the months' documents; null before its month has been read. */
function nowOf({ day, isFirst, hasParts, totals: closed }: Close, months: readonly Month[]): Revenue | null {
  if (closed.size > 0 && !months.some(({ month }) => month === monthOf(day))) return null;
  const days = months.flatMap((month) => [...month.days]);
  const covered = days.filter(([one]) => (isFirst ? one <= day : one === day));
  const now = sumOf(covered.map(([, revenue]) => revenue));
  return hasParts ? now : new Map([...now].map(([currency, totals]) => [currency, { ...totals, ...NO_PARTS }]));
}

const NO_PARTS = { refundsDeducted: 0, disputesDeducted: 0, disputeFees: 0, feesReturned: 0 };

/** A franchisee's daily closes (docs/close.md), newest first, each beside the same day now. */
export function Closes({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  const { database } = session;
  const path = `franchisees/${franchiseeId}`;
  const [size, setSize] = useState(FIRST);
  const [openDay, setOpenDay] = useState<string | null>(null);
  const result = useQuery(
    `closes ${franchiseeId} ${size}`,
    () => query(collection(database, path, "closes"), orderBy("day", "desc"), limit(size)),
    (document) => toClose(document.id, document.data()),
  );
  const closes = result.state === "ready" ? result.data : [];
  const first = monthOf(closes.at(-1)?.day ?? LATEST);
  const last = monthOf(closes[0]?.day ?? LATEST);
  const months = useQuery(
    `${path}/revenue ${first} ${last}`,
    () =>
      query(
        collection(database, path, "revenue"),
        where(documentId(), ">=", first),
        where(documentId(), "<=", last),
        orderBy(documentId()),
        limit(MAX_MONTHS),
      ),
    (document) => toMonth(document.id, document.data()),
  );
  const known = months.state === "ready" ? months.data : [];
  return (
    <div class="page">
      <p class="breadcrumb">
        <a href={addressOf(franchiseeId)}>
          <NameOf session={session} franchiseeId={franchiseeId} />
        </a>
      </p>
      <Title>{TEXT.closes}</Title>
      <TimeZoneNote />
      <p class="note">{`${WATERFALL_TEXT.byPayment} ${TEXT.checksumLead}`}</p>
      <QueryTable
        title={TEXT.closes}
        result={result}
        size={size}
        max={MAX}
        onShowMore={() => setSize(MAX)}
        noRows={{ title: TEXT.noCloses, lead: TEXT.noClosesLead }}
        header={
          <>
            <ColumnHeaders names={[TEXT.day]} />
            <ColumnHeaders names={[TEXT.count, ...Object.values(COLUMNS), TEXT.exceptions]} isNumber />
            <ColumnHeaders names={[TEXT.checksum]} />
          </>
        }
      >
        {(all) =>
          all.map((close) => (
            <CloseRow key={close.day} close={close} now={nowOf(close, known)} onCompare={() => setOpenDay(close.day)} />
          ))
        }
      </QueryTable>
      {openDay === null ? null : (
        <CloseDialog
          key={openDay}
          session={session}
          franchiseeId={franchiseeId}
          day={openDay}
          onClose={() => setOpenDay(null)}
        />
      )}
    </div>
  );
}

/** After every day. */
const LATEST = "9999-12-31";

const COLUMNS = {
  net: `${TEXT.net}, ${WATERFALL_TEXT.closed.toLowerCase()}`,
  earned: `${WATERFALL_TEXT.earned}, ${WATERFALL_TEXT.closed.toLowerCase()}`,
  now: `${WATERFALL_TEXT.earned} ${WATERFALL_TEXT.now.toLowerCase()}`,
  difference: TEXT.difference,
};

interface CloseRowProps {
  close: Close;
  /** Null before the months have been read. */
  now: Revenue | null;
  onCompare: () => void;
}

function CloseRow({ close, now, onCompare }: CloseRowProps) {
  const { day, transactions, totals, exceptions, hash } = close;
  const difference = now && differenceOf(totals, now);
  const isChanged = [...(difference?.values() ?? [])].some((one) => TOTAL_FIELDS.some((field) => one[field] !== 0));
  const shown = now && currenciesOf([totals, now]);
  return (
    <tr>
      <th scope="row" data-name={TEXT.day}>
        {date(day)}
      </th>
      <td class="number" data-name={TEXT.count}>
        {transactions}
      </td>
      <td class="number" data-name={COLUMNS.net}>
        <AmountByCurrency revenue={withFigures(totals)} of={({ net }) => net} />
      </td>
      <td class="number" data-name={COLUMNS.earned}>
        <AmountByCurrency revenue={withFigures(totals)} of={earnedIn} />
      </td>
      <td class="number" data-name={COLUMNS.now}>
        {now ? <AmountByCurrency revenue={withFigures(now)} of={earnedIn} /> : TEXT.none}
      </td>
      <td class="number" data-name={COLUMNS.difference}>
        {difference && isChanged ? (
          <>
            <AmountByCurrency
              revenue={new Map([...difference].filter(([currency]) => shown?.includes(currency)))}
              of={earnedIn}
            />
            <button type="button" class="quiet" onClick={onCompare}>
              {WATERFALL_TEXT.isChanged}
              <span class="visually-hidden">{`: ${date(day)}`}</span>
            </button>
          </>
        ) : (
          TEXT.none
        )}
      </td>
      <td class="number" data-name={TEXT.exceptions}>
        <ExceptionCount open={exceptions.open} />
      </td>
      <td data-name={TEXT.checksum}>
        <code title={hash}>{hash.slice(0, 12)}</code>
      </td>
    </tr>
  );
}

function earnedIn(totals: Totals): number {
  return derivedFrom(totals).earned;
}
