/** Stored texts must not move a terminal's cursor, recolour or reorder its text, or add lines to it. */
import { inspect } from "node:util";

/** Control, format and invisible characters, line separators, lone surrogates, private use and unassigned ones. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text as one line, with unsafe characters written as their code, such as `\u{1b}`. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (one) => SHORT[one] ?? `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same, of a text whose line breaks are the command's own. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

const METHODS = ["debug", "error", "info", "log", "warn"] as const;

/** Makes whatever this process prints from now on printable. */
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
