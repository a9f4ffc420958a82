import { limit, type Query, query as toQuery, type QueryDocumentSnapshot, startAfter } from "firebase/firestore";
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { useQuery } from "../firestore/use-firestore.ts";
import { PageNavigation } from "./PageNavigation.tsx";
import { Notice, QueryState } from "./states.tsx";

interface PagedTableProps<T> {
  title: string;
  /** Identifies the query. */
  name: string;
  /** Ordered, without a limit. */
  query: () => Query;
  convert: (document: QueryDocumentSnapshot) => T;
  pageSize: number;
  noRows: { title: string; lead?: string };
  /** Header cells. */
  header: ComponentChildren;
  /** Body rows. */
  children: (rows: T[]) => ComponentChildren;
}

/**
 * A live table of one page at a time, however long the list. A page starts after the row that was last on the page
 * before it, so that new rows do not move it.
 */
export function PagedTable<T>(props: PagedTableProps<T>) {
  const { title, name, query, convert, pageSize, noRows, header, children } = props;
  const [starts, setStarts] = useState<QueryDocumentSnapshot[]>([]);
  const table = useRef<HTMLTableElement>(null);
  const start = starts.at(-1);
  const result = useQuery(
    `${name} ${start?.id ?? ""}`,
    () => toQuery(query(), ...(start ? [startAfter(start)] : []), limit(pageSize + 1)),
    (document) => ({ document, row: convert(document) }),
  );
  const turnTo = (next: QueryDocumentSnapshot[]): void => {
    setStarts(next);
    // The button may disappear, and screen readers announce the table.
    table.current?.focus();
  };
  return (
    <QueryState result={result}>
      {(found) => {
        const page = found.slice(0, pageSize);
        const last = found.length > pageSize ? page.at(-1)?.document : undefined;
        if (page.length === 0 && starts.length === 0) return <Notice {...noRows} />;
        return (
          <>
            <table ref={table} class="cards" tabIndex={-1} aria-label={title}>
              <thead>
                <tr>{header}</tr>
              </thead>
              <tbody>{children(page.map(({ row }) => row))}</tbody>
            </table>
            {starts.length === 0 && last === undefined ? null : (
              <PageNavigation
                title={title}
                page={starts.length + 1}
                onNewer={starts.length === 0 ? null : () => turnTo(starts.slice(0, -1))}
                onOlder={last === undefined ? null : () => turnTo([...starts, last])}
              />
            )}
          </>
        );
      }}
    </QueryState>
  );
}
