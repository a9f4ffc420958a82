/** Text for a terminal: what other people stored must not move its cursor, recolour it, reorder it or add lines to it. */
import { inspect } from "node:util";

/**
 * Control characters (C0, DEL, C1: every escape sequence begins with one), format characters (bidi controls, zero-width), what is
 * ignored where it is displayed, line and paragraph separators, lone surrogates, and what Unicode leaves to private use or has not assigned.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text as one line, with every character that a terminal acts on or hides written as its code, such as `\u{1b}`. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (one) => SHORT[one] ?? `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same, of a text whose line breaks are the command's own. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

const METHODS = ["debug", "error", "info", "log", "warn"] as const;

/** Makes whatever this process prints from now on printable, so that no command has to remember it. */
export function guardConsole(): void {
  for (const method of METHODS) {
    const print = console[method].bind(console);
    console[method] = (...values: unknown[]) => {
      print(...values.map((value) => printableLines(typeof value === "string" ? value : inspect(value))));
    };
  }
}

/** Prints this as JSON that holds none of those characters as they are. */
export function printJson(value: unknown): void {
  const escaped = (one: string): string =>
    Array.from({ length: one.length }, (_, index) => `\\u${one.charCodeAt(index).toString(16).padStart(4, "0")}`).join(
      "",
    );
  console.log(JSON.stringify(value, null, 2).replaceAll(UNSAFE, (one) => (one === "\n" ? one : escaped(one))));
}
