import type { ComponentChildren } from "preact";
import type { Totals } from "../../../functions/src/domain/totals.ts";
import type { Revenue } from "../firestore/revenue.ts";
import type { QueryResult } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { Badge } from "./badges.tsx";
import { Notice, QueryState } from "./states.tsx";

interface QueryTableProps<T> {
  title: string;
  result: QueryResult<T[]>;
  /** The limit of the query, and its maximum. */
  size: number;
  max: number;
  onShowMore: () => void;
  noRows: { title: string; lead: string };
  /** Header cells. */
  header: ComponentChildren;
  /** Body rows. */
  children: (data: T[]) => ComponentChildren;
}

/** The result of a query as a table that can be extended. */
export function QueryTable<T>(props: QueryTableProps<T>) {
  const { title, result, size, max, onShowMore, noRows, header, children } = props;
  return (
    <QueryState result={result}>
      {(data) =>
        data.length === 0 ? (
          <Notice {...noRows} />
        ) : (
          <>
            <table class="cards" aria-label={title}>
              <thead>
                <tr>{header}</tr>
              </thead>
              <tbody>{children(data)}</tbody>
            </table>
            {data.length < size ? null : (
              <p class="list-end">
                {size < max ? (
                  <button type="button" onClick={onShowMore}>
                    {TEXT.showMore}
                  </button>
                ) : (
                  `Only the first ${max} are shown.`
                )}
              </p>
            )}
          </>
        )
      }
    </QueryState>
  );
}

export function ColumnHeaders({ names, isNumber = false }: { names: readonly string[]; isNumber?: boolean }) {
  return (
    <>
      {names.map((name) => (
        <th key={name} scope="col" class={isNumber ? "number" : ""}>
          {name}
        </th>
      ))}
    </>
  );
}

export interface SortColumn<K extends string = string> {
  key: K;
  name: string;
  /** Aligned as a text. */
  isText?: boolean;
  /** By default, texts are first sorted ascending, amounts and counts descending. */
  isFirstAscending?: boolean;
}

interface SortHeadersProps<K extends string> {
  columns: readonly SortColumn<K>[];
  sorted: K;
  isAscending: boolean;
  onSort: (key: K, isAscending: boolean) => void;
}

/** Column headers that sort the rows. */
export function SortHeaders<K extends string>({ columns, sorted, isAscending, onSort }: SortHeadersProps<K>) {
  return (
    <>
      {columns.map(({ key, name, isText = false, isFirstAscending = isText }) => (
        <th
          key={key}
          scope="col"
          class={isText ? "" : "number"}
          {...(sorted === key && { "aria-sort": isAscending ? ("ascending" as const) : ("descending" as const) })}
        >
          <button
            type="button"
            class="sort"
            onClick={() => onSort(key, sorted === key ? !isAscending : isFirstAscending)}
          >
            {name}
          </button>
        </th>
      ))}
    </>
  );
}

/** One amount per currency, a line each. */
export function AmountByCurrency({ revenue, of }: { revenue: Revenue; of: (totals: Totals) => number }) {
  if (revenue.size === 0) return <>{TEXT.none}</>;
  return (
    <>
      {[...revenue].map(([currency, totals]) => (
        <span key={currency} class="line">
          {money(of(totals), currency)}
        </span>
      ))}
    </>
  );
}

export function ExceptionCount({ open }: { open: number }) {
  return open === 0 ? <>0</> : <Badge kind="bad">{String(open)}</Badge>;
}
