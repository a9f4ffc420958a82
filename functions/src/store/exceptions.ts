import type { ExceptionState } from "../domain/exception.ts";
import { type Entry, readEntry } from "./document.ts";
import { firestore, operation } from "./firestore.ts";
import { pagesOf } from "./pages.ts";
import { transactions } from "./transactions.ts";

/** The exceptions of all franchisees in one query, the newest payments first, page by page. Costs a read each. */
export async function* exceptions(state: ExceptionState): AsyncGenerator<Entry[]> {
  const all = firestore().collectionGroup("transactions");
  const query = all.where("exception", "==", state).orderBy("createdAt", "desc");
  for await (const docs of pagesOf(query, PAGE, (page) => operation(() => page.get()))) yield docs.map(readEntry);
}

const PAGE = 100;

/** How many of a franchisee's payments the platform pays on. Costs a read, or one for each thousand. */
export async function countLosses(franchiseeId: string): Promise<number> {
  const losses = transactions(franchiseeId).where("amount_platform_fee", "<", 0).count();
  return (await operation(() => losses.get())).data().count;
}
