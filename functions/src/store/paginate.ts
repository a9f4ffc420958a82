import { FieldPath, type Query, type QueryDocumentSnapshot, type QuerySnapshot } from "firebase-admin/firestore";
import { operation } from "./firestore.ts";
import { allDocuments } from "./refs.ts";

/** Reads an ordered query page by page. */
export async function* paginate(
  query: Query,
  size: number,
  get: (page: Query) => Promise<QuerySnapshot> = (page) => operation(() => page.get()),
): AsyncGenerator<QueryDocumentSnapshot[]> {
  let page = query.limit(size);
  for (;;) {
    const { docs } = await get(page);
    const last = docs.at(-1);
    if (!last) return;
    yield docs;
    if (docs.length < size) return;
    page = page.startAfter(last);
  }
}

/** Ordered by path. Costs a read per document. */
export function everyDocument(): AsyncGenerator<QueryDocumentSnapshot[]> {
  return paginate(allDocuments().orderBy(FieldPath.documentId()), LARGE_PAGE, (page) =>
    operation(() => page.get(), LARGE_PAGE_TIMEOUT_MS),
  );
}

/** A document may have 1 MiB. */
const LARGE_PAGE = 100;
const LARGE_PAGE_TIMEOUT_MS = 60_000;
