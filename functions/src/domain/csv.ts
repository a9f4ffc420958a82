/** CSV (RFC 4180) that spreadsheet programs open without executing anything in it. */

/** Excel reads UTF-8 only after it. */
export const BYTE_ORDER_MARK = "\ufeff";

/** Cells must come from `textCell` or `numberCell`. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}

/**
 * An untrusted text. Line breaks, tabs and other control characters become spaces, and an apostrophe precedes every
 * sign that a spreadsheet program could read as the start of a formula (docs/decisions/0011). Null is an empty cell.
 */
export function textCell(text: string | null): string {
  const safe = (text ?? "").replaceAll(CONTROL, " ").replaceAll(FORMULA, "$&'");
  return /[",;\s]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A number, or its decimal digits. Null is an empty cell. */
export function numberCell(number: number | string | null): string {
  return String(number ?? "");
}

/** Line breaks and tabs of every kind. */
const CONTROL = /\r\n|[\p{Cc}\p{Zl}\p{Zp}]/gu;

/**
 * Where a formula may start: before one of these signs, of any width, after any white space, quotes and invisible
 * characters; also after a separator within a cell, because a program may ignore our quotes.
 */
const FORMULA =
  /(?<=^|[,;])[\p{Quotation_Mark}\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]*(?=[=+\-@|%＝＋－＠｜％⩵⩶﹦﹢﹣﹫﹪⁼⁺⁻₌₊₋−﬩ー])/gu;
