// Installs the locked packages of the project, functions/ and portal/, unless they are installed. Runs before every npm script on
// the machine's Node (18 or later), so it uses no packages.
//
// Install scripts are ignored, because commands that hold credentials (deployments, operators) also install.
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
