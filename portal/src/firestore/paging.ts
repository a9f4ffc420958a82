/**
 * Paging of a list that is too long to read or draw at once. Each page is a fixed range of the order (newest
 * first): it ends at its `bottom` and the next page starts after it, so later payments never move others between pages.
 * The first page has no upper end and grows. Only visible pages have listeners.
 */

/** Rows of a new page. */
export const PAGE_SIZE = 40;

/** A first page of more rows is split. */
export const MAX_FIRST_PAGE = 3 * PAGE_SIZE;

/** Rows, excluding `to`. */
export interface Range {
  from: number;
  to: number;
}

/**
 * The rows in or near the window, whether loaded or not. `top` is how far the list is scrolled above the window. A list
 * below the window still draws its first rows, for keyboards and screen readers.
 */
export function visibleRows(view: { top: number; height: number; rowHeight: number }, margin = 8): Range {
  const top = Math.max(0, view.top);
  const first = Math.floor(top / view.rowHeight) - margin;
  const last = Math.ceil((top + view.height) / view.rowHeight) + margin;
  return { from: Math.max(0, first), to: last };
}

/** The pages with a row in this range, given the size of each page. An empty list has its first page. */
export function pagesInRange(sizes: readonly number[], { from, to }: Range): Range {
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

/** The rows in this range, across pages. */
export function rowsInRange<T>(pages: readonly (readonly T[])[], { from, to }: Range): T[] {
  const rows: T[] = [];
  let start = 0;
  for (const page of pages) {
    rows.push(...page.slice(Math.max(0, from - start), Math.max(0, to - start)));
    start += page.length;
  }
  return rows;
}
