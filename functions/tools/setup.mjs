// Installs the locked packages of the project, functions/ and portal/, unless they are installed. Runs before every npm script on
// the machine's Node (18 or later), so it uses no packages.
//
// Install scripts are ignored, because commands that hold credentials (deployments, operators) also install.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const functions = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(functions);

for (const folder of [root, functions, join(root, "portal")]) install(folder);

/** @param {string} folder */
function install(folder) {
  const stamp = join(folder, "node_modules", ".installed-from");
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const wanted = createHash("sha256")
    .update(readFileSync(join(folder, "package.json")))
    .update(lock)
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && isComplete(folder, lock)) return;
  // If the install is stopped halfway, an older stamp must not match after a return to the older lock file.
  rmSync(stamp, { force: true });

  // To standard error: standard output may be piped to bash.
  console.error(`Installing the packages of ${folder === root ? "the project" : `${basename(folder)}/`} …`);
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["inherit", 2, "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(`npm ci failed in ${folder}. See its output above.`);
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/**
 * Whether every package of the lock file is there: npm prune by hand, for example, removes packages and leaves the stamp. Optional
 * packages are missing on other platforms.
 * @param {string} folder
 * @param {string} lock
 */
function isComplete(folder, lock) {
  /** @type {(json: string) => { packages: Record<string, { optional?: boolean }> }} */
  const parse = JSON.parse;
  return Object.entries(parse(lock).packages).every(
    ([path, { optional }]) => optional || existsSync(join(folder, path, "package.json")),
  );
}
