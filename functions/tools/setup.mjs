// Installs what the lock files name, here, in functions/ and in portal/, unless that is what is installed already. It runs before
// every npm script, on whatever Node the machine has (18 or later), so it uses nothing that would need installing.
//
// Packages' install scripts do not run: commands that hold credentials (a deployment, the operator's) install too. The one
// exception is the package that brings Node, whose script fetches the binary; it runs without the credentials in the environment,
// and not at all under npm's setting ignore-scripts, as in the workflows that deploy.
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
  console.error(`npm ${args[0]} failed in ${folder}. What it printed above says why.`);
  process.exit(1);
}

/**
 * An environment without anything that looks like a credential, except npm's own for its registry.
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
