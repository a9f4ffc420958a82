import { inspect } from "node:util";
import { SingleBar } from "cli-progress";

/** Characters that could control a terminal: control, format, invisible, private, unassigned, line separators. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text as one line, with unsafe characters escaped, such as `\u{1b}`. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (one) => SHORT[one] ?? `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Escapes each line, and keeps the line breaks. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

const METHODS = ["debug", "error", "info", "log", "warn"] as const;

/** Escapes all further output of this process. */
export function guardConsole(): void {
  for (const method of METHODS) {
    const print = console[method].bind(console);
    console[method] = (...values: unknown[]) => {
      print(...values.map((value) => printableLines(typeof value === "string" ? value : inspect(value))));
    };
  }
}

/** Prints JSON, with unsafe characters escaped. */
export function printJson(value: unknown): void {
  const escaped = (one: string): string =>
    Array.from({ length: one.length }, (_, index) => `\\u${one.charCodeAt(index).toString(16).padStart(4, "0")}`).join(
      "",
    );
  console.log(JSON.stringify(value, null, 2).replaceAll(UNSAFE, (one) => (one === "\n" ? one : escaped(one))));
}

/** Aligns columns; the first row is the header. */
export function table(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
    )
    .map((cells) => `  ${cells.join("   ")}`)
    .join("\n");
}

export type ProgressBar = SingleBar;

/** Shows a progress bar on standard error, on terminals only; `format` names its values. */
export async function withProgress<T>(
  title: string,
  format: string,
  work: (bar: ProgressBar) => Promise<T>,
  total = 1,
): Promise<T> {
  const bar = new SingleBar({ format: `${printable(title)} ${format}`, clearOnComplete: true });
  const blanks: Record<string, string> = {};
  for (const [, name = ""] of format.matchAll(/\{(\w+)\}/g)) blanks[name] = "";
  bar.start(total, 0, blanks);
  try {
    return await work(bar);
  } finally {
    bar.stop();
  }
}
