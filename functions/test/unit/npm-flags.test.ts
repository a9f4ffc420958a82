import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import npmFlags from "../../tools/cli/npm-flags.cjs";
import { ROOT } from "../../tools/cli/paths.ts";
import { runOperator } from "../support/operate.ts";

const { OPTIONS_OF_PACKAGES, refusalOf } = npmFlags;

const OPTIONS = ["--dry-run", "--project", "--local", "--no-pictures"];

test.each<[environment: NodeJS.ProcessEnv, args: string[], kept: string | null]>([
  [{ npm_config_dry_run: "true" }, ["erase", "--project", "p"], "--dry-run"],
  [{ npm_config_project: "true" }, ["doctor", "p"], "--project"],
  [{ npm_config_project: "p", npm_config_dry_run: "true" }, [], "--dry-run, --project"],
  [{ npm_config_pictures: "" }, [], "--no-pictures"],
  // Both were given, or npm has them for a reason of its own.
  [{ npm_config_dry_run: "true" }, ["erase", "--dry-run"], null],
  [{ npm_config_project: "p" }, ["--project=p"], null],
  [{ npm_config_dry_run: "" }, [], null],
  [{ npm_config_pictures: "true", npm_config_local_prefix: "/x", npm_config_loglevel: "silent" }, [], null],
  [{}, ["erase"], null],
])("npm's environment %j and the arguments %j: npm kept %s", (environment, args, kept) => {
  const refusal = refusalOf(OPTIONS, args, { ...environment, npm_lifecycle_event: "ops" });
  if (kept === null) expect(refusal).toBeNull();
  else {
    expect(refusal).toContain(`npm kept ${kept} for itself.`);
    expect(refusal).toContain(`npm run ops -- ${kept.replaceAll(",", "")} …`);
  }
});

// Every npm refuses unknown options, from 12 on, or exports them.
test.each([
  ["ops", "--dry-run", ["erase", "--email", "ada@example.org", "--by", "x", "--reason", "y", "--local"]],
  ["doctor", "--project=some-project", ["--local"]],
  ["deployment", "--set-up", ["--project", "some-project"]],
  ["soak", "--fresh", ["no-such-simulation"]],
  ["pay", "--withhold", ["--amount", "1000"]],
  // They would fail, and change nothing, if they were not refused.
  ["deploy", "--dry-run", ["--config", "no-such-file.json"]],
  ["preview", "--project=some-project", ["pr-1", "--config", "no-such-file.json"]],
  ["format", "--check", ["--help"]],
])("npm run %s %s -- %j is refused", (script, option, args) => {
  const { status, stderr } = spawnSync("npm", ["run", script, option, "--", ...args], {
    cwd: ROOT,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const [name = ""] = option.split("=");
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(`npm kept ${name} for itself|Unknown cli config.*${name}`),
  ]);
});

test("an operator's command is refused before it does anything", async () => {
  process.env["npm_config_dry_run"] = "true";
  try {
    const { code, output } = await runOperator(["access", "grant", "--admin", "--email", "a@example.org", "--local"]);
    expect([code, output]).toEqual([1, expect.stringContaining("npm kept --dry-run for itself.")]);
  } finally {
    delete process.env["npm_config_dry_run"];
  }
});

test("every option of the Firebase CLI's commands in package.json is known", () => {
  const script =
    'const { cli, getCommand } = require("firebase-tools");' +
    'const all = [cli, getCommand("deploy"), getCommand("hosting:channel:deploy")];' +
    "console.log(JSON.stringify(all.flatMap(({ options }) => options.map(({ long }) => long))));";
  const { stdout } = spawnSync(process.execPath, ["-e", script], { cwd: ROOT, encoding: "utf8" });
  const options = z.array(z.string()).parse(JSON.parse(stdout));
  const theirs = [...new Set(options)].filter((option) => option !== "--version").toSorted();
  expect(theirs).toEqual([...OPTIONS_OF_PACKAGES.firebase]);
});

test("every option of prettier that stops it from writing is known", () => {
  const prettier = join(ROOT, "node_modules/prettier/bin/prettier.cjs");
  const { stdout } = spawnSync(process.execPath, [prettier, "--help"], { encoding: "utf8" });
  const [, output = ""] = /^Output options:\n\n(.*?)^Format options:/ms.exec(stdout) ?? [];
  const options = [...output.matchAll(/^ +-\w, (--[a-z-]+)/gm)].map(([, option = ""]) => option);
  expect(options).toEqual([...OPTIONS_OF_PACKAGES.prettier, "--write"]);
});
