import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../cli/paths.ts";
import { table } from "../cli/terminal.ts";

/** Ends the summary in docs/benchmarks.md, which is written by hand. */
const MARKER = "<!-- `npm run bench` writes everything below this line. -->";

/** Prints results as they come, and writes a page of Markdown. */
export class Report {
  readonly #page: string[] = [];

  constructor() {
    const machine = [
      `${cpus().length} × ${cpus()[0]?.model.trim()}`,
      `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
      `Node ${process.versions.node}`,
      new Date().toISOString().slice(0, 10),
    ].join(", ");
    console.log(machine);
    this.#page.push(
      "Written by `npm run bench`: one run, each figure beside its baseline. Firestore is the emulator, Stripe is the fake, everything runs " +
        "on one machine: compare figures within one table, not with production.",
      machine,
    );
  }

  section(title: string): void {
    console.log(`\n${title}`);
    this.#page.push(`## ${title}`);
  }

  /** The first row is the head, and the first column says what is measured. */
  table(rows: readonly (readonly string[])[]): void {
    console.log(`\n${table(rows)}`);
    const [head = [], ...body] = rows.map((row) => `| ${row.join(" | ")} |`);
    const rule = `| ${(rows[0] ?? []).map((_cell, column) => (column === 0 ? "---" : "---:")).join(" | ")} |`;
    this.#page.push([head, rule, ...body].join("\n"));
  }

  note(text: string): void {
    console.log(`\n  ${text}`);
    this.#page.push(text);
  }

  /** docs/benchmarks.md, for prettier to format. */
  write(): string {
    const file = join(ROOT, "docs/benchmarks.md");
    const [summary = ""] = readFileSync(file, "utf8").split(MARKER);
    writeFileSync(file, `${[summary.trimEnd(), MARKER, ...this.#page].join("\n\n")}\n`);
    return file;
  }
}
