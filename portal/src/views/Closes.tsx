import { collection, limit, orderBy, query } from "firebase/firestore";
import { useState } from "preact/hooks";
import { Title } from "../components/headings.tsx";
import { AmountByCurrency, ColumnHeaders, ExceptionCount, QueryTable, TOTAL_COLUMNS } from "../components/tables.tsx";
import { TimeZoneNote } from "../components/Time.tsx";
import { numberAt, textAt, valueAt } from "../firestore/fields.ts";
import { type Revenue, toRevenue } from "../firestore/revenue.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { date } from "../time.ts";

/** About a month, and more than a year. */
const FIRST = 31;
const MAX = 400;

interface Close {
  day: string;
  transactions: number;
  totals: Revenue;
  exceptions: { open: number };
  hash: string;
}

function toClose(day: string, fields: unknown): Close {
  return {
    day,
    transactions: numberAt(fields, "transactions") ?? 0,
    totals: toRevenue(valueAt(fields, "totals")),
    exceptions: { open: numberAt(fields, "exceptions", "open") ?? 0 },
    hash: textAt(fields, "hash") ?? "",
  };
}

/** A franchisee's daily closes (docs/close.md), newest first. */
export function Closes({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  const [size, setSize] = useState(FIRST);
  const result = useQuery(
    `closes ${franchiseeId} ${size}`,
    () =>
      query(collection(session.database, "franchisees", franchiseeId, "closes"), orderBy("day", "desc"), limit(size)),
    (document) => toClose(document.id, document.data()),
  );
  return (
    <div class="page">
      <p class="breadcrumb">
        <a href={addressOf(franchiseeId)}>{franchiseeId}</a>
      </p>
      <Title>{TEXT.closes}</Title>
      <TimeZoneNote />
      <p class="note">{TEXT.checksumLead}</p>
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
            <ColumnHeaders names={[TEXT.count, ...TOTAL_COLUMNS.map(([name]) => name), TEXT.exceptions]} isNumber />
            <ColumnHeaders names={[TEXT.checksum]} />
          </>
        }
      >
        {(closes) => closes.map((close) => <CloseRow key={close.day} close={close} />)}
      </QueryTable>
    </div>
  );
}

function CloseRow({ close: { day, transactions, totals, exceptions, hash } }: { close: Close }) {
  return (
    <tr>
      <th scope="row" data-name={TEXT.day}>
        {date(day)}
      </th>
      <td class="number" data-name={TEXT.count}>
        {transactions}
      </td>
      {TOTAL_COLUMNS.map(([name, of]) => (
        <td key={name} class="number" data-name={name}>
          <AmountByCurrency revenue={totals} of={of} />
        </td>
      ))}
      <td class="number" data-name={TEXT.exceptions}>
        <ExceptionCount open={exceptions.open} />
      </td>
      <td data-name={TEXT.checksum}>
        <code title={hash}>{hash.slice(0, 12)}</code>
      </td>
    </tr>
  );
}
