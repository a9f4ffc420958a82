import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { FUNCTIONS } from "../../tools/cli/paths.ts";
import { temporaryFolders } from "../support/folder.ts";

const newFolder = temporaryFolders();

/** What the environment of a developer, an operator or a workflow may contain, besides what an install needs. */
const CREDENTIALS = {
  GOOGLE_APPLICATION_CREDENTIALS: "/key.json",
  GOOGLE_GHA_CREDS_PATH: "/key.json",
  CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: "/key.json",
  FIREBASE_TOKEN: "1//token",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "token",
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.example",
  GITHUB_TOKEN: "ghs_token",
  STRIPE_API_KEY: "rk_live_1",
  STRIPE_WEBHOOK_SECRET: "whsec_1",
  ORCHESTRATOR_SIGNING_KEY: "whsec_2",
  AWS_SECRET_ACCESS_KEY: "aws",
};

/**
 * A project of three packages, like this one: each needs `other`, and its root also `node`. Both have install scripts,
 * which print their environment.
 */
class Project {
  readonly #root = newFolder();

  constructor() {
    const sources = ["node", "other"].map((name) => this.#source(name));
    npm(this.#root, "pack", ...sources);
    this.#package(this.#root, ["node", "other"]);
    for (const folder of ["functions", "portal"]) this.#package(join(this.#root, folder), ["other"]);
    cpSync(join(FUNCTIONS, "tools/setup.mjs"), join(this.#root, "functions/tools/setup.mjs"));
  }

  setUp(env: NodeJS.ProcessEnv): void {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(this.#root, "functions/tools/setup.mjs")], {
      env: { ...process.env, npm_config_offline: "true", ...CREDENTIALS, ...env },
      encoding: "utf8",
    });
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining("Installing the packages of portal/")]);
    expect(existsSync(join(this.#root, "portal/node_modules/other/package.json"))).toBe(true);
  }

  /** The environment of a package's install script, or null if it did not run. */
  environmentOf(name: string): NodeJS.ProcessEnv | null {
    const file = join(this.#root, `${name}.json`);
    return existsSync(file) ? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, "utf8"))) : null;
  }

  #source(name: string): string {
    const source = join(this.#root, `source-${name}`);
    const file = JSON.stringify(join(this.#root, `${name}.json`));
    mkdirSync(source);
    writeFileSync(join(source, "tell.cjs"), `require("fs").writeFileSync(${file}, JSON.stringify(process.env))`);
    const scripts = { preinstall: "node tell.cjs", install: "node tell.cjs", postinstall: "node tell.cjs" };
    writeFileSync(join(source, "package.json"), JSON.stringify({ name, version: "1.0.0", scripts }));
    return source;
  }

  #package(folder: string, names: readonly string[]): void {
    const archive = (name: string) => `file:${join(this.#root, `${name}-1.0.0.tgz`)}`;
    const dependencies = Object.fromEntries(names.map((name) => [name, archive(name)]));
    const allowScripts = Object.fromEntries(names.map((name) => [name, true]));
    const installed = names.map((name) => {
      return [`node_modules/${name}`, { version: "1.0.0", resolved: archive(name), hasInstallScript: true }] as const;
    });
    const packages = { "": { name: "some-project", dependencies }, ...Object.fromEntries(installed) };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "some-project", dependencies, allowScripts }));
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
  }
}

function npm(cwd: string, ...args: string[]): void {
  const { status, stderr } = spawnSync("npm", [...args, "--offline"], { cwd, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, expect.anything()]);
}

test("the set-up before every command runs only the install script of Node, without credentials", () => {
  const project = new Project();
  project.setUp({ SOME_SETTING: "kept" });
  expect(project.environmentOf("other")).toBeNull();
  const environment = project.environmentOf("node") ?? {};
  expect(environment).toMatchObject({ SOME_SETTING: "kept", npm_config_offline: "true" });
  expect(Object.keys(environment).filter((name) => name in CREDENTIALS)).toEqual([]);
}, 120_000);

test("if npm ignores scripts, as in the workflows that deploy, none runs", () => {
  const project = new Project();
  project.setUp({ NPM_CONFIG_IGNORE_SCRIPTS: "true" });
  expect([project.environmentOf("node"), project.environmentOf("other")]).toEqual([null, null]);
}, 120_000);
