import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/cli/paths.ts";

// cspell.json bans single words; this test bans phrases. It excludes itself, because it contains them.

const FILES = globSync(
  [
    "*.md",
    "docs/**/*.md",
    "functions/{src,ops,tools,testing,test}/**/*.ts",
    "functions/ops/**/*.json",
    "portal/src/**/*.{ts,tsx}",
  ],
  { cwd: ROOT },
)
  .filter((path) => path !== "functions/test/unit/language.test.ts")
  .map((path) => ({ path, lines: readFileSync(join(ROOT, path), "utf8").split("\n") }));

/** The phrases that docs/glossary.md replaces by one word. */
const PHRASES =
  /\b(lets? (in|through|stand)|letting in|(takes?|taken|taking) over (from|the|an?|what|its|by)|(goes|gone|going|go) on with|makes? no sense|(comes?|came) to (its|their) end|as it should be|is at it|be asked|too busy for)\b/i;

/** The table of old log texts. */
const isQuoted = (path: string, line: string): boolean => path === "docs/migration.md" && line.startsWith("|");

test("docs, code and messages use the words of the glossary", () => {
  const found = FILES.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => {
      const [phrase] = isQuoted(path, line) ? [] : (PHRASES.exec(line) ?? []);
      return phrase === undefined ? [] : [`${path}:${index + 1}: ${phrase}`];
    }),
  );
  expect(found).toEqual([]);
});

/** Prettier's print width, which it does not apply to comments. */
const PRINT_WIDTH = 120;

test("comments keep to the print width", () => {
  const long = FILES.filter(({ path }) => /\.tsx?$/.test(path)).flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      /^\s*(\/\/|\/?\*)/.test(line) && line.length > PRINT_WIDTH && !/https?:|oxlint-disable/.test(line)
        ? [`${path}:${index + 1}`]
        : [],
    ),
  );
  expect(long).toEqual([]);
});
