import type { Query, QueryDocumentSnapshot, QuerySnapshot } from "firebase-admin/firestore";

/** The documents of an ordered query, so many at a time, each page as `get` reads it. */
export async function* pagesOf(
  query: Query,
  size: number,
  get: (page: Query) => Promise<QuerySnapshot>,
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
