import {
  type CollectionReference,
  documentId,
  type DocumentReference,
  limit,
  onSnapshot,
  query as toQuery,
  type Query,
  type QueryDocumentSnapshot,
  type QuerySnapshot,
  where,
} from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import { batchUpdate } from "./batch-updates.ts";
import { reportFromCache } from "./connection-status.ts";
import { textAt } from "./fields.ts";
import { countListener, countReads } from "./read-counter.ts";

/** `denied`: by the security rules. `failed`: by any other error. */
export type QueryResult<T> = { state: "loading" | "denied" | "failed" } | { state: "ready"; data: T };

const LOADING = { state: "loading" } as const;

export function toFailure(error: unknown): { state: "denied" | "failed" } {
  return { state: textAt(error, "code") === "permission-denied" ? "denied" : "failed" };
}

let hasResult = false;
const waiting = new Set<() => void>();

/** Calls back once the page has any result from the server. Returns a stop function. */
export function onFirstResult(callback: () => void): () => void {
  if (hasResult) callback();
  else waiting.add(callback);
  return () => void waiting.delete(callback);
}

function reportResult(): void {
  hasResult = true;
  for (const callback of waiting) callback();
  waiting.clear();
}

/** Listens to a query, from the server's first response on. `name` identifies the listener. Returns a stop function. */
export function subscribe(
  name: string,
  query: Query,
  onResult: (snapshot: QuerySnapshot) => void,
  onFailure: (failure: { state: "denied" | "failed" }) => void,
): () => void {
  let isFirst = true;
  let isStopped = false;
  const listener = Symbol(name);
  const uncount = countListener();
  const unsubscribe = onSnapshot(
    query,
    { includeMetadataChanges: true },
    (snapshot) => {
      countReads(snapshot, isFirst);
      reportFromCache(listener, snapshot.metadata.fromCache);
      if (isFirst ? snapshot.metadata.fromCache : snapshot.docChanges().length === 0) return;
      isFirst = false;
      reportResult();
      batchUpdate(() => {
        if (!isStopped) onResult(snapshot);
      });
    },
    (error) => {
      reportFromCache(listener, false);
      onFailure(toFailure(error));
    },
  );
  return () => {
    isStopped = true;
    unsubscribe();
    uncount();
    reportFromCache(listener, false);
  };
}

/** The data of a document; undefined if it does not exist. `key` identifies the document. */
export function useDocument(key: string, reference: () => DocumentReference): QueryResult<unknown> {
  const current = useSubscription<unknown>(key, (setResult) => {
    const listener = Symbol(key);
    const uncount = countListener();
    let shown: string | null = null;
    const unsubscribe = onSnapshot(
      reference(),
      { includeMetadataChanges: true },
      (snapshot) => {
        reportFromCache(listener, snapshot.metadata.fromCache);
        if (snapshot.metadata.fromCache && !snapshot.exists()) return;
        const content = JSON.stringify([snapshot.data()]);
        // Only the metadata changed.
        if (content === shown) return;
        shown = content;
        countReads(snapshot, true);
        batchUpdate(() => setResult({ state: "ready", data: snapshot.data() }));
      },
      (error) => {
        reportFromCache(listener, false);
        setResult(toFailure(error));
      },
    );
    return () => {
      unsubscribe();
      uncount();
      reportFromCache(listener, false);
    };
  });
  return current.key === key ? current.result : LOADING;
}

/**
 * The documents of a query. `key` identifies it; after a change of key, the previous data is kept until the new
 * arrives.
 */
export function useQuery<T>(
  key: string,
  query: () => Query,
  convert: (document: QueryDocumentSnapshot) => T,
): QueryResult<T[]> {
  const { key: currentKey, result } = useSubscription<T[]>(key, (setResult) =>
    subscribe(key, query(), ({ docs }) => setResult({ state: "ready", data: docs.map(convert) }), setResult),
  );
  return currentKey === key || result.state === "ready" ? result : LOADING;
}

/** The most values that Firestore allows in a query. */
export const MAX_IDS = 30;

/**
 * The documents with these ids, by id. They complete what is already shown: those that are missing, or that fail to
 * load, are left out. Without ids, nothing is read.
 */
export function useDocumentsById<T>(
  all: CollectionReference,
  ids: readonly string[],
  convert: (document: QueryDocumentSnapshot) => T,
): ReadonlyMap<string, T> {
  const wanted = [...new Set(ids)].toSorted();
  const key = `${all.path} ${wanted.join(" ")}`;
  const { result } = useSubscription<[string, T][]>(key, (setResult) => {
    const pages = Array.from({ length: Math.ceil(wanted.length / MAX_IDS) }, (_none, index) =>
      wanted.slice(index * MAX_IDS, (index + 1) * MAX_IDS),
    );
    const found: [string, T][][] = pages.map(() => []);
    const stops = pages.map((page, index) =>
      subscribe(
        `${key} ${index}`,
        toQuery(all, where(documentId(), "in", page), limit(MAX_IDS)),
        ({ docs }) => {
          found[index] = docs.map((document) => [document.id, convert(document)]);
          setResult({ state: "ready", data: found.flat() });
        },
        () => undefined,
      ),
    );
    return () => {
      for (const stop of stops) stop();
    };
  });
  return new Map(result.state === "ready" ? result.data : []);
}

/** The result of the listener that `open` starts for this `key`; that of the previous one until then. */
export function useSubscription<T>(key: string, open: (setResult: (result: QueryResult<T>) => void) => () => void) {
  const [current, setCurrent] = useState<{ key: string; result: QueryResult<T> }>({ key, result: LOADING });
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` identifies what `open` listens to
  useEffect(() => open((result) => setCurrent({ key, result })), [key]);
  return current;
}
