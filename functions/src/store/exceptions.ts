import type { ExceptionState } from "../domain/exception.ts";
import { type Entry, readEntry } from "./document.ts";
import { firestore, operation } from "./firestore.ts";

/** The exceptions of all franchisees in one query, the newest payments first, page by page. Costs a read each. */
export async function* exceptions(state: ExceptionState): AsyncGenerator<Entry[]> {
  let query = firestore()
    .collectionGroup("transactions")
    .where("exception", "==", state)
    .orderBy("createdAt", "desc")
    .limit(PAGE);
  for (;;) {
    const page = query;
    const { docs } = await operation(() => page.get());
    const last = docs.at(-1);
    if (!last) return;
    yield docs.map(readEntry);
    if (docs.length < PAGE) return;
    query = query.startAfter(last);
  }
}

const PAGE = 100;
