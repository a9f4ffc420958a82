/** Lines of comma-separated values (RFC 4180) that spreadsheet programs open without running anything in them. Pure. */

/** Without it, Excel takes UTF-8 for the machine's old character set. */
export const BYTE_ORDER_MARK = "\ufeff";

/** Cells that `textCell` and `numberCell` made. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}

/**
 * A text that anybody may have chosen. Where a spreadsheet program would take it for a formula, an apostrophe is put before it
 * (docs/decisions/0011). Null is an empty cell.
 */
export function textCell(text: string | null): string {
  const harmless = (text ?? "").replaceAll(FORMULA, "'$&");
  return /[",;\s]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A number of our own, or the decimal digits of one: never a formula, however it begins. Null is an empty cell. */
export function numberCell(number: number | string | null): string {
  return String(number ?? "");
}

/**
 * How a formula begins: with one of these signs, in whatever width, after any white space, quotes and anything invisible, or with a
 * tab or a line break. It may also begin within a text: where the list separator is a semicolon, as it is for much of the
 * world, a program goes by that one, and by line breaks, and does not see our quotes.
 */
const FORMULA = /(?<=^|[;\t\r\n])["'\s\p{C}]*[=+\-@＝＋－＠﹦﹢﹣﹫−]|^[\s\p{C}]*[\t\r\n]/gu;
