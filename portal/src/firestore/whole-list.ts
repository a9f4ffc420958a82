/** A whole list, live, in pages of as many documents as the security rules allow. */
import { limit, query as toQuery, type Query, type QueryDocumentSnapshot, startAfter } from "firebase/firestore";
import { type QueryResult, subscribe, useSubscription } from "./use-firestore.ts";

const PAGE_SIZE = 500;
const MAX_PAGES = 20;

export interface WholeList<T> {
  all: T[];
  /** Whether pages are still loading. */
  isLoading: boolean;
  /** Whether only the first 10,000 are listed. */
  isCut: boolean;
}

interface Page {
  /** Null while it loads. */
  docs: readonly QueryDocumentSnapshot[] | null;
  /** Of the page after it. Never after the page's own last document, so that nothing is left out. */
  start: QueryDocumentSnapshot | null;
  stop: () => void;
}

/**
 * Listens to every document of an ordered query without a limit. Costs a read for each, and for each that changes. A
 * document that joins a full page opens the following pages again. Returns a stop function.
 */
export function subscribeToAll(
  key: string,
  query: Query,
  onResult: (list: WholeList<QueryDocumentSnapshot>) => void,
  onFailure: (failure: { state: "denied" | "failed" }) => void,
): () => void {
  const pages: Page[] = [];
  const close = (from: number): void => {
    for (const page of pages.splice(from)) page.stop();
  };
  const publish = (): void => {
    // What left a page may be on the next one, too.
    const byPath = new Map(
      pages.flatMap(({ docs }) => (docs ?? []).map((document) => [document.ref.path, document] as const)),
    );
    const last = pages.at(-1);
    onResult({
      all: [...byPath.values()],
      isLoading: last?.docs === null,
      isCut: pages.length === MAX_PAGES && last?.start !== null,
    });
  };
  const open = (index: number, after: QueryDocumentSnapshot | null): void => {
    const page: Page = { docs: null, start: null, stop: () => undefined };
    pages[index] = page;
    page.stop = subscribe(
      `${key} ${index}`,
      toQuery(query, ...(after ? [startAfter(after)] : []), limit(PAGE_SIZE)),
      ({ docs }) => {
        page.docs = docs;
        const last = docs.length === PAGE_SIZE ? (docs.at(-1) ?? null) : null;
        const isInPage = docs.some(({ ref }) => ref.path === page.start?.ref.path);
        if (last !== null && !isInPage) {
          page.start = last;
          close(index + 1);
          if (index + 1 < MAX_PAGES) open(index + 1, last);
        }
        publish();
      },
      onFailure,
    );
  };
  open(0, null);
  return () => close(0);
}

/** `key` identifies the query. */
export function useWholeList<T>(
  key: string,
  query: () => Query,
  convert: (document: QueryDocumentSnapshot) => T,
): QueryResult<WholeList<T>> {
  const { key: currentKey, result } = useSubscription<WholeList<T>>(key, (setResult) =>
    subscribeToAll(
      key,
      query(),
      ({ all, ...rest }) => setResult({ state: "ready", data: { all: all.map(convert), ...rest } }),
      setResult,
    ),
  );
  return currentKey === key || result.state === "ready" ? result : { state: "loading" };
}
