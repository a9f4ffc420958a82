// Installs the locked packages of node/, the project, functions/ and portal/, unless they are installed. Runs before every npm script
// on the machine's Node (18 or later), so it uses no packages.
//
// The project's Node is first, because the rest is installed on it: npm leaves out an optional package, such as the binary of rolldown
// or oxlint, without a message if its `engines` exclude the Node that npm runs on (Arborist's checkEngine), and these exclude Node 18.
//
// Install scripts are ignored, because commands that hold credentials (deployments, operators) also install.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const functions = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(functions);

install(join(root, "node"));
const node = installedNode();
for (const folder of [root, functions, join(root, "portal")]) install(folder, node);

/** The path of the project's Node; undefined on a platform without one. */
export function installedNode() {
  const file = process.platform === "win32" ? "node.exe" : "node";
  const packages = join(root, "node/node_modules");
  return readdirSync(packages)
    .map((folder) => join(packages, folder, "bin", file))
    .find((path) => existsSync(path));
}

/**
 * @param {string} folder
 * @param {string} [onNode] the Node that npm runs on; on Windows npm starts its own
 */
function install(folder, onNode) {
  const packages = join(folder, "node_modules");
  const stamp = join(packages, ".installed-from");
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
    env: { ...process.env, PATH: [...(onNode ? [dirname(onNode)] : []), process.env["PATH"]].join(delimiter) },
    stdio: ["inherit", 2, "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(`npm ci failed in ${folder}. See its output above.`);
    process.exit(1);
  }
  // Where no package is for this platform, npm creates no folder.
  mkdirSync(packages, { recursive: true });
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
