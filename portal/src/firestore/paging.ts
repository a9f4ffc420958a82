/**
 * The arithmetic of a list that is far too long to be read or drawn at once.
 *
 * It is cut into pages, each a stable range of the order (newest first): a page ends at a payment, `bottom`, and the next one
 * begins after it, so that nothing that arrives later moves anything from one page to another. The first page has no upper end, and
 * grows there. Only pages that are looked at are listened to.
 */

/** The rows that a page holds; the last one is where the next page begins. */
export const PAGE_SIZE = 40;

/** A first page that has grown to this is cut in two. */
export const MAX_HEAD = 3 * PAGE_SIZE;

/** Rows, the end not included. */
export interface Range {
  from: number;
  to: number;
}

/**
 * The rows that have a place in the window or near it, whether or not they have come yet. `top` is how far the list is scrolled
 * above the window; one that begins further down is drawn as if it were reached, for those who do not get there by scrolling.
 */
export function rowsInView(view: { top: number; height: number; rowHeight: number }, margin = 8): Range {
  const top = Math.max(0, view.top);
  const first = Math.floor(top / view.rowHeight) - margin;
  const last = Math.ceil((top + view.height) / view.rowHeight) + margin;
  return { from: Math.max(0, first), to: last };
}

/** The pages, by their sizes, of which a row is in this range. An empty list is its first page. */
export function pagesOf(sizes: readonly number[], { from, to }: Range): Range {
  let first = 0;
  let start = 0;
  while (first < sizes.length - 1 && start + (sizes[first] ?? 0) <= from) {
    start += sizes[first] ?? 0;
    first += 1;
  }
  let end = first;
  while (end < sizes.length && (start < to || end === first)) {
    start += sizes[end] ?? 0;
    end += 1;
  }
  return { from: first, to: end };
}

/** What stands in these rows, of pages one after the other. */
export function slice<T>(pages: readonly (readonly T[])[], { from, to }: Range): T[] {
  const rows: T[] = [];
  let start = 0;
  for (const page of pages) {
    rows.push(...page.slice(Math.max(0, from - start), Math.max(0, to - start)));
    start += page.length;
  }
  return rows;
}
