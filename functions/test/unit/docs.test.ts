import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseEnv } from "node:util";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { z } from "zod";
import scripts from "../../../package.json" with { type: "json" };
import { ROOT } from "../../tools/cli/paths.ts";
import { opsProgram } from "../../ops/cli.ts";
import { localProgram } from "../../tools/local/cli.ts";

const PAGES = globSync(["*.md", "docs/**/*.md", ".github/**/*.md"], { cwd: ROOT }).map((path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, blocks: [...text.matchAll(/^( *)```bash\n(.*?)^\1```/gms)].map(([, , block = ""]) => block) };
});

/** The anchors that GitHub generates for headings. */
function anchorsOf(text: string): string[] {
  return [...text.replaceAll(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each(PAGES)("every link in $path has a target", ({ path, text }) => {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(([, a, b]) => a ?? b ?? "");
  const dead = targets
    .filter((target) => !/^(https?|mailto):/.test(target))
    .filter((target) => {
      const [file = "", anchor] = target.split("#");
      const found = file === "" ? join(ROOT, path) : join(ROOT, dirname(path), file);
      if (!existsSync(found)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(found, "utf8")).includes(anchor);
    });
  expect(dead).toEqual([]);
});

/** The arguments of a command in a page, without shell syntax. */
const wordsOf = (line: string): string[] => {
  const [command = ""] = line.split(/\s#|\||&&|;|>/);
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
};

const LINES = PAGES.flatMap(({ path, text, blocks }) => {
  const inline = [...text.matchAll(/`(npm (?:run|test|start)[^`\n]*)`/g)].map(([, line = ""]) => line);
  const lines = blocks.flatMap((block) => block.replaceAll("\\\n", " ").split("\n"));
  return [...inline, ...lines.flatMap((line) => /\bnpm (?:run|test|start)\b.*/.exec(line)?.[0] ?? [])].map((line) => ({
    path,
    line,
  }));
});

/** Placeholders of a page, replaced by values that a command accepts. */
const exampleOf = (word: string): string =>
  word
    .replace("…", "1")
    .replace("$ACCT", "acct_1")
    .replace(/^CHANNEL$/, "1")
    .replace(/^DATE$/, "2025-11-01");

const PROGRAMS: ReadonlyMap<string, () => CommandUnknownOpts> = new Map([
  ["ops", () => opsProgram(() => undefined)],
  ["local", localProgram],
]);

/** Parses a program's arguments without running it. Throws if they are invalid. */
function parse(program: CommandUnknownOpts, args: readonly string[]): void {
  const [first] = args;
  // A page may name a command without its required arguments.
  if (args.length <= 1) {
    expect(program.commands.map((command) => command.name())).toContain(first ?? program.commands[0]?.name());
    return;
  }
  const disableActions = (command: CommandUnknownOpts): void => {
    command.commands.forEach(disableActions);
    if (command.commands.length === 0) command.action(() => undefined);
  };
  disableActions(program);
  program.parse(args.map(exampleOf), { from: "user" });
}

test.each(LINES)("$path: $line has valid arguments", ({ line }) => {
  const [, verb = "", ...rest] = wordsOf(line.replaceAll(/\[(?:-- )?| …(?=\])|\]/g, "").replaceAll(/<[\w ]+>/g, "x"));
  const named = rest.filter((word) => word !== "--silent" && word !== "--help");
  const [script = "", ...words] = verb === "run" ? named : [verb, ...named];
  const { [script]: run = "" } = z.record(z.string(), z.string()).parse(scripts.scripts);
  expect(run).toMatch(/^node functions\/tools\/run\.mjs /);
  const [, , name = "", ...first] = run.split(" ");
  const program = PROGRAMS.get(name)?.();
  if (program) parse(program, [...first, ...words.slice(words[0] === "--" ? 1 : 0)]);
});

test("every bash example is valid bash", () => {
  const blocks = PAGES.flatMap(({ path, blocks: all }) => all.map((block) => ({ path, block })));
  expect(blocks.length).toBeGreaterThan(10);
  const bad = blocks.flatMap(({ path, block }) => {
    // Placeholders become words.
    const { status, stderr } = spawnSync("bash", ["-n"], {
      input: block.replaceAll(/<[\w ]+>/g, "x"),
      encoding: "utf8",
    });
    return status === 0 ? [] : [{ path, block, stderr }];
  });
  expect(bad).toEqual([]);
});

test("every setting of the functions is documented, and has a value", () => {
  const shared = parseEnv(readFileSync(join(ROOT, "functions/.env"), "utf8"));
  const page = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");
  const unexplained = Object.keys(shared).filter((name) => name !== "NODE_ENV" && !page.includes(`| \`${name}\``));
  expect(unexplained).toEqual([]);
});

test("every page is linked from the README", () => {
  const reached = new Set<string>();
  const follow = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const { text = "" } = PAGES.find((page) => page.path === path) ?? {};
    for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+\.md)[^)]*\)/g)) {
      if (!target.startsWith("http")) follow(relative(ROOT, join(ROOT, dirname(path), target)));
    }
  };
  follow("README.md");
  expect(PAGES.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});

test("every message in the table of failed syncs is stored by a sync", () => {
  const page = PAGES.find(({ path }) => path === "docs/operations.md")?.text ?? "";
  const [, table = ""] = /^## A sync fails$(.*?)^\*\*/ms.exec(page) ?? [];
  const rows = table.split("\n").filter((line) => line.startsWith('| "'));
  const quoted = rows.flatMap((line) =>
    [...(line.split("|")[1] ?? "").matchAll(/"([^"]+)"/g)].map(([, text = ""]) => text),
  );
  const code = globSync("functions/src/{jobs,stripe}/**/*.ts", { cwd: ROOT })
    .map((path) => readFileSync(join(ROOT, path), "utf8"))
    .join("\n");
  expect(quoted.length).toBeGreaterThan(8);
  expect(quoted.filter((text) => !code.includes(text))).toEqual([]);
});
