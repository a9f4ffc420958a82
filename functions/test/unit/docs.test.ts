import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseEnv } from "node:util";
import { PAGES } from "../../tools/checks/commands/documented.ts";
import { ROOT } from "../../tools/cli/paths.ts";

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
