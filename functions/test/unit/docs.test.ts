import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseEnv } from "node:util";
import scripts from "../../../package.json" with { type: "json" };
import { ROOT } from "../../tools/cli/paths.ts";
import { COMMANDS, parseCommand } from "../../ops/cli.ts";

const PAGES = globSync(["*.md", "docs/**/*.md", ".github/**/*.md"], { cwd: ROOT }).map((path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, blocks: [...text.matchAll(/^( *)```bash\n(.*?)^\1```/gms)].map(([, , block = ""]) => block) };
});

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.replaceAll(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each(PAGES)("what $path links to is there", ({ path, text }) => {
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

/** The arguments of a command in a page, without what the shell does with them. */
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

test.each(LINES)("$path: $line can be run as it is written", ({ line }) => {
  const [, verb = "", ...rest] = wordsOf(line.replaceAll(/\[(?:-- )?|\]/g, ""));
  const named = rest.filter((word) => word !== "--silent");
  const [script = "", ...words] = verb === "run" ? named : [verb, ...named];
  expect(Object.keys(scripts.scripts)).toContain(script);
  const command = COMMANDS[script];
  if (command) parseCommand(command, words[0] === "--" ? words.slice(1) : words);
});

test("every example in bash is what bash can read", () => {
  const blocks = PAGES.flatMap(({ path, blocks: all }) => all.map((block) => ({ path, block })));
  expect(blocks.length).toBeGreaterThan(10);
  const bad = blocks.flatMap(({ path, block }) => {
    // What stands for somebody's own value is a word.
    const { status, stderr } = spawnSync("bash", ["-n"], {
      input: block.replaceAll(/<[\w ]+>/g, "x"),
      encoding: "utf8",
    });
    return status === 0 ? [] : [{ path, block, stderr }];
  });
  expect(bad).toEqual([]);
});

test("every setting of the functions is explained, and has a value", () => {
  const shared = parseEnv(readFileSync(join(ROOT, "functions/.env"), "utf8"));
  const page = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");
  const unexplained = Object.keys(shared).filter((name) => name !== "NODE_ENV" && !page.includes(`| \`${name}\``));
  expect(unexplained).toEqual([]);
});

test("every page is to be found from the README", () => {
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
