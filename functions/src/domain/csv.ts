/** Lines of comma-separated values (RFC 4180) that spreadsheet programs open without running anything in them. Pure. */

/** Without it, Excel takes UTF-8 for the machine's old character set. */
export const BYTE_ORDER_MARK = "\ufeff";

/** Cells that `textCell` and `numberCell` made. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}

/**
 * A text that anybody may have chosen. A line break, a tab or another control character becomes a space, and an apostrophe precedes
 * every sign that a spreadsheet program could take for the beginning of a formula (docs/decisions/0011). Null is an empty cell.
 */
export function textCell(text: string | null): string {
  const harmless = (text ?? "").replaceAll(CONTROL, " ").replaceAll(FORMULA, "$&'");
  return /[",;\s]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A number of our own, or the decimal digits of one: never a formula, however it begins. Null is an empty cell. */
export function numberCell(number: number | string | null): string {
  return String(number ?? "");
}

/** Line breaks and tabs of every kind, and what programs treat like them. */
const CONTROL = /\r\n|[\p{Cc}\p{Zl}\p{Zp}]/gu;

/**
 * Where a formula begins: before one of these signs, in whatever width, after any white space, quotes and whatever is invisible.
 * A program may split a cell at any of its separators, since it need not go by the comma nor honour our quotes.
 */
const FORMULA =
  /(?<=^|[,;])[\p{Quotation_Mark}\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]*(?=[=+\-@|%＝＋－＠｜％⩵⩶﹦﹢﹣﹫﹪⁼⁺⁻₌₊₋−﬩ー])/gu;
