// Installs the locked packages of the project, functions/ and portal/, unless they are installed. Runs before every npm script on
// the machine's Node (18 or later), so it uses no packages.
//
// Install scripts are ignored, because commands that hold credentials (deployments, operators) also install. The exception is the
// package that downloads Node: its script runs without credentials in the environment, and not under npm's ignore-scripts.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const functions = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(functions);

for (const folder of [root, functions, join(root, "portal")]) install(folder);

/** @param {string} folder */
function install(folder) {
  const stamp = join(folder, "node_modules", ".installed-from");
  const wanted = createHash("sha256")
    .update(readFileSync(join(folder, "package.json")))
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;

  console.log(`Installing the packages of ${folder === root ? "the project" : `${basename(folder)}/`} …`);
  npm(folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error");
  if (folder === root) npm(folder, "rebuild", "node", "--loglevel=error");
  writeFileSync(stamp, wanted);
}

/**
 * @param {string} folder
 * @param {string[]} args
 */
function npm(folder, ...args) {
  const child = spawnSync("npm", args, {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: withoutCredentials(process.env),
  });
  if (child.status === 0) return;
  console.error(`npm ${args[0]} failed in ${folder}. See its output above.`);
  process.exit(1);
}

/**
 * Removes everything that looks like a credential, except npm's registry credentials.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
function withoutCredentials(environment) {
  const credential =
    /credential|secret|token|password|passphrase|api_?key|_key$|^(google|gcloud|cloudsdk|firebase|actions|gha|gh|github|stripe|orchestrator|aws|azure)_/i;
  const forNpm = /^npm_|^node_auth_token$/i;
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => forNpm.test(name) || !credential.test(name)),
  );
}
