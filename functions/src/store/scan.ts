/** Every document of the database. */
import { FieldPath, type QueryDocumentSnapshot } from "firebase-admin/firestore";
import { firestore, operation } from "./firestore.ts";
import { pagesOf } from "./paginate.ts";

/**
 * Every document of the database, page by page in the order of their paths, in whatever collection it is, those included whose parent is
 * gone. No list of collections is relied on: without an id, `CollectionSelector` of the Firestore API selects all descendants, as the SDK's own
 * `recursiveDelete` does. Costs a read a document.
 */
export function everyDocument(): AsyncGenerator<QueryDocumentSnapshot[]> {
  const all = firestore().collectionGroup("").orderBy(FieldPath.documentId());
  return pagesOf(all, PAGE, (page) => operation(() => page.get(), PAGE_TIMEOUT_MS));
}

/** A document can be as large as a mebibyte. */
const PAGE = 100;
const PAGE_TIMEOUT_MS = 60_000;
