// Installs what the lock files name, here, in functions/ and in portal/, unless that is what is installed already. It runs before
// every npm script, on whatever Node the machine has (18 or later), so it uses nothing that would need installing.
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
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    console.error(`npm ci failed in ${folder}. What it printed above says why.`);
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
