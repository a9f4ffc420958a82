import type { Expression } from "../../../test/rules/coverage.ts";

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

/** What is changed wherever it occurs. */
const CHANGES: [words: RegExp, replacements: (found: string) => string[]][] = [
  [/&&/g, () => ["||"]],
  [/\|\|/g, () => ["&&"]],
  [/\btrue\b/g, () => ["false"]],
  [/\bfalse\b/g, () => ["true"]],
  [/\b\d+\b(?=;)/g, (limit) => [String(Number(limit) - 1), String(Number(limit) + 1)]],
  // A limit, which a write has not, keeps writes out of lists.
  [/\bget(?=:)/g, () => ["read", "get, write"]],
  // At most one wildcard of this kind in a path.
  [/(?<=\{)(?!database)(?<!\*\*.*)\w+(?=\})/g, (name) => [`${name}=**`]],
];

/** Each condition, and each part of one, negated, made true and made false; and the changes above. */
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
