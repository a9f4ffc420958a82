import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import firebase from "../../../firebase.json" with { type: "json" };
import { ROOT } from "../../tools/cli/paths.ts";

const WORKFLOWS = globSync(".github/**/*.{yml,yaml}", { cwd: ROOT }).map((path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, steps: text.replaceAll(/^\s*#.*\n/gm, "").split(/^ +- (?=(?:name|uses|run|id|if|env):)/m) };
});

const USES = WORKFLOWS.flatMap(({ path, text }) =>
  [...text.matchAll(/^\s*(?:- )?["']?uses["']?:\s*(.*)$/gm)].map(([, used = ""]) => ({ path, used })),
);

test("the workflows use actions", () => {
  expect(USES.map(({ used }) => used.split("@")[0])).toEqual(
    expect.arrayContaining(["actions/checkout", "actions/setup-node", "google-github-actions/auth"]),
  );
});

test.each(USES)(
  "$path uses $used, which is local or pinned by its commit with the version in a comment",
  ({ used }) => {
    expect(used).toMatch(/^\.\/|^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  },
);

test("Dependabot keeps the pins up to date", () => {
  expect(readFileSync(join(ROOT, ".github/dependabot.yml"), "utf8")).toMatch(/package-ecosystem: github-actions\n/);
});

const DEPLOYING = WORKFLOWS.filter(({ text }) => text.includes("google-github-actions/auth"));

test("two workflows sign in to Google", () => {
  expect(DEPLOYING.map(({ path }) => path).toSorted()).toEqual([
    ".github/workflows/deploy.yml",
    ".github/workflows/preview.yml",
  ]);
});

describe.each(DEPLOYING)("$path", ({ steps }) => {
  const signsIn = steps.findIndex((step) => step.includes("google-github-actions/auth"));
  const [before, after] = [
    steps.slice(0, signsIn),
    steps.slice(steps.findLastIndex((step) => step.includes("/auth@")) + 1),
  ];

  it("installs, without install scripts, and builds before it signs in", () => {
    const install = before.filter((step) => step.includes("node functions/tools/setup.mjs"));
    expect(install).toEqual([expect.stringContaining('NPM_CONFIG_IGNORE_SCRIPTS: "true"')]);
    expect(before.join("")).toContain("npm --prefix portal run build");
  });

  it("uses the credentials only to deploy the build", () => {
    expect(after).toEqual([expect.stringMatching(/node_modules\/\.bin\/firebase .*--config firebase\.built\.json/s)]);
    expect(after.join("")).not.toMatch(/\bnpm\b|\bnpx\b|setup\.mjs/);
  });

  it("deploys with firebase.json without its hooks", () => {
    const command = /node -p .* > firebase\.built\.json/.exec(before.join(""))?.[0] ?? "false";
    const { stdout } = spawnSync("bash", ["-c", command.replace(" > firebase.built.json", "")], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const [functions, ...others] = firebase.functions.map(({ predeploy: _hook, ...rest }) => rest);
    const { predeploy: _hook, ...hosting } = firebase.hosting;
    expect(JSON.parse(stdout)).toEqual({ ...firebase, functions: [functions, ...others], hosting });
  });
});

test("a manual deployment builds, and installs nothing", () => {
  const hooks = [...firebase.functions, firebase.hosting].flatMap(({ predeploy }) => predeploy);
  expect(hooks).toEqual(['npm --prefix "$RESOURCE_DIR" run build', 'npm --prefix "$PROJECT_DIR/portal" run build']);
});
