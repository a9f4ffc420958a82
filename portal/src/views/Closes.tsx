import { collection, limit, orderBy, query } from "firebase/firestore";
import { useState } from "preact/hooks";
import type { Totals } from "../../../functions/src/domain/totals.ts";
import { at, numberAt, textAt } from "../firestore/fields.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { Badge } from "../components/badges.tsx";
import { ByCurrency, ShowMore } from "../components/tables.tsx";
import { Notice, Shown } from "../components/states.tsx";
import { Title } from "../components/headings.tsx";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TEXT } from "../messages.ts";
import { date } from "../time.ts";
import { type Revenue, revenueOf } from "../firestore/revenue.ts";

/** About a month, and more than a year. */
const FIRST = 31;
const ALL = 400;

interface Close {
  day: string;
  transactions: number;
  totals: Revenue;
  openExceptions: number;
  hash: string;
}

function closeOf(day: string, fields: unknown): Close {
  return {
    day,
    transactions: numberAt(fields, "transactions") ?? 0,
    totals: revenueOf(at(fields, "totals")),
    openExceptions: numberAt(fields, "exceptions", "open") ?? 0,
    hash: textAt(fields, "hash") ?? "",
  };
}

/** What a franchisee's days came to when they were closed (docs/close.md), the last one first. */
export function Closes({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  const [size, setSize] = useState(FIRST);
  const closes = useQuery(
    `closes ${franchiseeId} ${size}`,
    () =>
      query(collection(session.database, "franchisees", franchiseeId, "closes"), orderBy("day", "desc"), limit(size)),
    (document) => closeOf(document.id, document.data()),
  );
  return (
    <div class="page">
      <p class="up">
        <a href={addressOf(franchiseeId)}>{franchiseeId}</a>
      </p>
      <Title>{TEXT.closes}</Title>
      <Shown listened={closes}>
        {(found) =>
          found.length === 0 ? (
            <Notice title={TEXT.noCloses} lead={TEXT.noClosesLead} />
          ) : (
            <>
              <table aria-label={TEXT.closes} class="closes">
                <thead>
                  <tr>
                    <th scope="col">{TEXT.day}</th>
                    {[TEXT.count, TEXT.gross, TEXT.fees, TEXT.net, TEXT.refunded, TEXT.exceptions].map((name) => (
                      <th key={name} scope="col" class="number">
                        {name}
                      </th>
                    ))}
                    <th scope="col">{TEXT.hash}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((close) => (
                    <CloseRow key={close.day} close={close} />
                  ))}
                </tbody>
              </table>
              <ShowMore found={found.length} size={size} all={ALL} onShow={() => setSize(ALL)} />
            </>
          )
        }
      </Shown>
    </div>
  );
}

function CloseRow({ close: { day, transactions, totals, openExceptions, hash } }: { close: Close }) {
  const columns: [name: string, of: (totals: Totals) => number][] = [
    [TEXT.gross, ({ gross }) => gross],
    [TEXT.fees, ({ stripeFees, platformFees }) => stripeFees + platformFees],
    [TEXT.net, ({ net }) => net],
    [TEXT.refunded, ({ refunded }) => refunded],
  ];
  return (
    <tr>
      <th scope="row" data-name={TEXT.day}>
        {date(day)}
      </th>
      <td class="number" data-name={TEXT.count}>
        {transactions}
      </td>
      {columns.map(([name, of]) => (
        <td key={name} class="number" data-name={name}>
          <ByCurrency revenue={totals} of={of} />
        </td>
      ))}
      <td class="number" data-name={TEXT.exceptions}>
        {openExceptions === 0 ? "0" : <Badge kind="bad">{String(openExceptions)}</Badge>}
      </td>
      <td data-name={TEXT.hash}>
        <code title={hash}>{hash.slice(0, 12)}</code>
      </td>
    </tr>
  );
}
