import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../../cli/cli-error.ts";
import { requireJava, startFirestoreAlone } from "../../local/firestore-emulator.ts";
import { ROOT } from "../../cli/paths.ts";
import type { Expression } from "../../../test/rules/coverage.ts";

/** Runs the checks of the rules on one change at a time. Throws a CliError if a change survives. */
export async function mutateRules(): Promise<void> {
  requireJava();
  const emulator = await startFirestoreAlone();
  // Read when the checks are loaded.
  process.env["FIRESTORE_EMULATOR_HOST"] = emulator.address;
  const { browserOf, CHECKS, openEmulator, principals } = await import("../../../test/rules/checks.ts");
  const { readExpressions } = await import("../../../test/rules/coverage.ts");

  const rules = readFileSync(join(ROOT, "firestore.rules"), "utf8");
  const environment = await openEmulator(rules);
  try {
    const browsers = principals.map((principal) => [principal, browserOf(principal, environment)] as const);
    const unchanged = await firstBroken();
    if (unchanged !== undefined) throw new CliError(`The tests of the rules fail without a mutation: ${unchanged}`);

    const mutants = mutantsOf(rules, await readExpressions());
    const survivors: string[] = [];
    for (const { line, change, rules: changed } of mutants) {
      await openEmulator(changed);
      const broken = await firstBroken();
      console.log(`line ${line}: ${change}\n  ${broken === undefined ? "SURVIVED" : `detected by: ${broken}`}`);
      if (broken === undefined) survivors.push(`line ${line}: ${change}`);
    }
    console.log(`\nfirestore.rules: ${mutants.length - survivors.length} of ${mutants.length} mutations detected`);
    if (survivors.length > 0) throw new CliError("No test of the rules detects", survivors.join("\n"));

    /** The first check that fails under the current rules. */
    async function firstBroken(): Promise<string | undefined> {
      for (const { what, holds } of CHECKS) {
        const made = await Promise.allSettled(browsers.map(([principal, database]) => holds(principal, database)));
        const index = made.findIndex(({ status }) => status === "rejected");
        if (index >= 0) return `${principals[index]} ${what}`;
      }
      return undefined;
    }
  } finally {
    await environment.cleanup();
    await emulator.stop();
  }
}

export interface Mutant {
  line: number;
  change: string;
  rules: string;
}

interface Edit {
  start: number;
  end: number;
  replacement: string;
}

/** Replacements for each occurrence. */
const CHANGES: [words: RegExp, replacements: (found: string) => string[]][] = [
  [/&&/g, () => ["||"]],
  [/\|\|/g, () => ["&&"]],
  [/\btrue\b/g, () => ["false"]],
  [/\bfalse\b/g, () => ["true"]],
  [/\b\d+\b(?=;)/g, (limit) => [String(Number(limit) - 1), String(Number(limit) + 1)]],
  // Only `get`: the limits of lists already deny writes.
  [/\bget(?=:)/g, () => ["read", "get, write"]],
  // A path has at most one such wildcard.
  [/(?<=\{)(?!database)(?<!\*\*.*)\w+(?=\})/g, (name) => [`${name}=**`]],
];

/** Negates each condition and each part of one, or makes it true or false; and applies the replacements above. */
export function mutantsOf(rules: string, expressions: readonly Expression[]): Mutant[] {
  const conditions = expressions.filter(({ outcomes }) => outcomes.size > 0);
  const ofConditions = conditions.flatMap(({ start, end, text }) =>
    [`!(${text})`, "true", "false"].map((replacement) => ({ start, end, replacement })),
  );
  return [...ofConditions, ...ofWords(rules)].map((edit) => mutant(rules, edit)).toSorted((a, b) => a.line - b.line);
}

function ofWords(rules: string): Edit[] {
  const code = rules.replaceAll(/\/\/.*/g, (comment) => " ".repeat(comment.length));
  return CHANGES.flatMap(([words, replacements]) =>
    [...code.matchAll(words)].flatMap(({ 0: found, index: start }) =>
      replacements(found).map((replacement) => ({ start, end: start + found.length, replacement })),
    ),
  );
}

function mutant(rules: string, { start, end, replacement }: Edit): Mutant {
  const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ");
  return {
    line: rules.slice(0, start).split("\n").length,
    change: oneLine(`${rules.slice(start, end)} → ${replacement}`),
    rules: rules.slice(0, start) + replacement + rules.slice(end),
  };
}
