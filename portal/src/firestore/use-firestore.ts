/** Listeners to Firestore, for as long as what shows them is on the screen. */
import { type DocumentReference, onSnapshot, type Query, type QueryDocumentSnapshot } from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import { tellFromCache } from "./connection-status.ts";
import { countListener, countReads } from "./read-counter.ts";
import { together } from "./batch-updates.ts";

/** `refused`: the rules say no. `failed`: it was to be had, and something went wrong. */
export type Listened<T> =
  { state: "loading" } | { state: "ready"; data: T } | { state: "refused" } | { state: "failed" };

const LOADING = { state: "loading" } as const;

export function failureOf(error: { code: string }): { state: "refused" } | { state: "failed" } {
  return { state: error.code === "permission-denied" ? "refused" : "failed" };
}

/** What a document says; undefined where there is none. `key` names what is listened to: another one, another listener. */
export function useDocument(key: string, reference: () => DocumentReference): Listened<unknown> {
  const [told, setTold] = useState<{ key: string; listened: Listened<unknown> }>({ key, listened: LOADING });
  useEffect(() => {
    const isClosed = countListener();
    const stop = onSnapshot(
      reference(),
      (snapshot) => {
        countReads(snapshot, true);
        if (snapshot.metadata.fromCache && !snapshot.exists()) return;
        together(() => setTold({ key, listened: { state: "ready", data: snapshot.data() } }));
      },
      (error) => setTold({ key, listened: failureOf(error) }),
    );
    return () => {
      stop();
      isClosed();
    };
  }, [key]);
  return told.key === key ? told.listened : LOADING;
}

/**
 * The documents that a query finds; with another key those of before, until the new ones are there. Of what
 * comes out of the cache alone, nothing is shown before the server has spoken.
 */
export function useQuery<T>(
  key: string,
  query: () => Query,
  read: (document: QueryDocumentSnapshot) => T,
): Listened<T[]> {
  const [told, setTold] = useState<{ key: string; listened: Listened<T[]> }>({ key, listened: LOADING });
  useEffect(() => {
    let isFirst = true;
    const isClosed = countListener();
    const stop = onSnapshot(
      query(),
      { includeMetadataChanges: true },
      (snapshot) => {
        countReads(snapshot, isFirst);
        tellFromCache(key, snapshot.metadata.fromCache);
        if (isFirst && snapshot.metadata.fromCache) return;
        if (!isFirst && snapshot.docChanges().length === 0) return;
        isFirst = false;
        together(() => setTold({ key, listened: { state: "ready", data: snapshot.docs.map(read) } }));
      },
      (error) => setTold({ key, listened: failureOf(error) }),
    );
    return () => {
      stop();
      isClosed();
      tellFromCache(key, false);
    };
  }, [key]);
  return told.key === key || told.listened.state === "ready" ? told.listened : LOADING;
}
