/** CSV (RFC 4180) that spreadsheet programs open without executing anything in it. */

/** Without it, Excel does not read UTF-8. */
export const BYTE_ORDER_MARK = "\ufeff";

/** Cells must come from `textCell` or `numberCell`. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}

/**
 * A text that anybody may have chosen. Line breaks, tabs and other control characters become spaces, and an apostrophe
 * precedes every sign that a spreadsheet program could read as the start of a formula (docs/decisions/0011). Null is an
 * empty cell.
 */
export function textCell(text: string | null): string {
  const harmless = (text ?? "").replaceAll(CONTROL, " ").replaceAll(FORMULA, "$&'");
  return /[",;\s]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A number, or its decimal digits: never a formula. Null is an empty cell. */
export function numberCell(number: number | string | null): string {
  return String(number ?? "");
}

/** Line breaks and tabs of every kind. */
const CONTROL = /\r\n|[\p{Cc}\p{Zl}\p{Zp}]/gu;

/**
 * Where a formula may start: before one of these signs, of any width, after any white space, quotes and invisible
 * characters. A program may split a cell at any of its separators: it need not respect our commas and quotes.
 */
const FORMULA =
  /(?<=^|[,;])[\p{Quotation_Mark}\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]*(?=[=+\-@|%＝＋－＠｜％⩵⩶﹦﹢﹣﹫﹪⁼⁺⁻₌₊₋−﬩ー])/gu;
