/** What head office noted on payments: franchisees/{acct}/worklist/{pi}, which it alone may read. */
import { collectionGroup, doc, documentId, orderBy, query, type QueryDocumentSnapshot } from "firebase/firestore";
import type { SignedIn } from "../session.ts";
import { NO_ENTRY, type WorklistEntry } from "../worklist-entry.ts";
import { textAt } from "./fields.ts";
import { type QueryResult, useDocument } from "./use-firestore.ts";
import { useWholeList, type WholeList } from "./whole-list.ts";

export function useWorklistEntry({ database }: SignedIn, franchiseeId: string, stripePaymentId: string) {
  const path = `franchisees/${franchiseeId}/worklist/${stripePaymentId}`;
  const result = useDocument(path, () => doc(database, path));
  return result.state === "ready" ? toEntry(result.data) : null;
}

/** Every entry, by the payment's account and id. */
export function useWorklistEntries({ database }: SignedIn): QueryResult<WholeList<[string, WorklistEntry]>> {
  return useWholeList(
    "worklist",
    () => query(collectionGroup(database, "worklist"), orderBy(documentId())),
    (document: QueryDocumentSnapshot): [string, WorklistEntry] => [
      `${document.ref.parent.parent?.id ?? ""}/${document.id}`,
      toEntry(document.data()),
    ],
  );
}

function toEntry(fields: unknown): WorklistEntry {
  return fields === undefined ? NO_ENTRY : { assignee: textAt(fields, "assignee"), note: textAt(fields, "note") };
}
