import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { FUNCTIONS } from "../../tools/cli/paths.ts";
import { temporaryFolders } from "../support/folder.ts";

const newFolder = temporaryFolders();

/** A package whose install scripts create a file. Returns the archive. */
function packageWithScripts(folder: string): string {
  const source = join(folder, "source");
  mkdirSync(source);
  writeFileSync(join(source, "run.cjs"), `require("fs").writeFileSync(${JSON.stringify(join(folder, "has-run"))}, "")`);
  const scripts = { preinstall: "node run.cjs", install: "node run.cjs", postinstall: "node run.cjs" };
  writeFileSync(join(source, "package.json"), JSON.stringify({ name: "other", version: "1.0.0", scripts }));
  npm(folder, "pack", source);
  return `file:${join(folder, "other-1.0.0.tgz")}`;
}

/** A package.json that needs the archive and allows its scripts, and its lock file. */
function projectWith(folder: string, archive: string): void {
  const project = { name: "some-project", dependencies: { other: archive }, allowScripts: { other: true } };
  const other = { version: "1.0.0", resolved: archive, hasInstallScript: true };
  const packages = { "": project, "node_modules/other": other };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(project));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
}

function npm(cwd: string, ...args: string[]): void {
  const { status, stderr } = spawnSync("npm", [...args, "--offline"], { cwd, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, expect.anything()]);
}

/** A project with the set-up, whose folders need the archive, but for node/: the platform has no Node. */
function projectOf(root: string, archive: string): string[] {
  const folders = [root, join(root, "functions"), join(root, "portal")];
  for (const folder of folders) projectWith(folder, archive);
  mkdirSync(join(root, "node"));
  writeFileSync(join(root, "node/package.json"), "{}");
  writeFileSync(join(root, "node/package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: { "": {} } }));
  cpSync(join(FUNCTIONS, "tools/setup.mjs"), join(root, "functions/tools/setup.mjs"));
  return folders;
}

function setUp(root: string, env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "functions/tools/setup.mjs")], {
    env: { ...process.env, npm_config_offline: "true", npm_config_ignore_scripts: "false", ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr, installs: stderr.match(/(?<=^Installing the packages of ).*(?= …)/gm) ?? [] };
}

const ALL = ["node/", "the project", "functions/", "portal/"];

test("the set-up before every command installs all folders, and runs no install script", () => {
  const root = newFolder();
  const folders = projectOf(root, packageWithScripts(root));

  const { status, stdout, installs } = setUp(root);
  // Standard output is piped to bash (docs/deployment.md).
  expect([status, stdout, installs]).toEqual([0, "", ALL]);
  const installed = folders.filter((folder) => existsSync(join(folder, "node_modules/other/package.json")));
  expect(installed).toEqual(folders);
  expect(existsSync(join(root, "has-run"))).toBe(false);

  // The scripts do run without the option.
  npm(root, "rebuild");
  expect(existsSync(join(root, "has-run"))).toBe(true);
}, 120_000);

test("it installs again only where a package is missing", () => {
  const root = newFolder();
  projectOf(root, packageWithScripts(root));
  expect(setUp(root).installs).toEqual(ALL);
  expect(setUp(root)).toMatchObject({ status: 0, installs: [] });
  rmSync(join(root, "portal/node_modules/other"), { recursive: true });
  expect(setUp(root)).toMatchObject({ status: 0, installs: ["portal/"] });
  expect(setUp(root).installs).toEqual([]);
}, 120_000);

test("after an install that did not end, it installs again, also with the earlier lock file", () => {
  const root = newFolder();
  projectOf(root, packageWithScripts(root));
  setUp(root);
  const lock = join(root, "functions/package-lock.json");
  const earlier = readFileSync(lock, "utf8");
  writeFileSync(lock, `${earlier}\n`);
  mkdirSync(join(root, "bin"));
  writeFileSync(join(root, "bin/npm"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const stopped = setUp(root, { PATH: [join(root, "bin"), process.env["PATH"]].join(delimiter) });
  expect([stopped.status, stopped.stderr]).toEqual([1, expect.stringContaining("npm ci failed in")]);
  writeFileSync(lock, earlier);
  expect(setUp(root)).toMatchObject({ status: 0, installs: ["functions/"] });
}, 120_000);

test("it installs node/ first, and the rest on that Node", () => {
  const root = newFolder();
  const archive = packageWithScripts(root);
  projectOf(root, archive);
  projectWith(join(root, "node"), archive);
  npm(join(root, "node"), "ci", "--ignore-scripts");
  const bin = join(root, "node/node_modules/other/bin");
  mkdirSync(bin);
  const script = `#!/bin/sh\necho "$PWD" >> "${root}/used"\nexec "${process.execPath}" "$@"\n`;
  writeFileSync(join(bin, "node"), script, { mode: 0o755 });
  // As if the set-up had installed it.
  const sources = ["package.json", "package-lock.json"].map((file) => readFileSync(join(root, "node", file)));
  const stamp = createHash("sha256").update(Buffer.concat(sources)).digest("hex");
  writeFileSync(join(root, "node/node_modules/.installed-from"), stamp);

  expect(setUp(root)).toMatchObject({ status: 0, installs: ALL.slice(1) });
  const used = readFileSync(join(root, "used"), "utf8").trimEnd().split("\n");
  expect(used).toEqual([root, join(root, "functions"), join(root, "portal")]);
}, 120_000);
