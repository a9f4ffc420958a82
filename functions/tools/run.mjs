// Runs a program of this project, `node functions/tools/run.mjs PROGRAM [ARGUMENT …]`, on the Node that the project installs, whatever
// Node the machine has (18 or later). Installs first what is missing.
import "./setup.mjs";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @type {Record<string, string>} */
const PROGRAMS = {
  bench: "functions/tools/bench/main.ts",
  checks: "functions/tools/checks/main.ts",
  deployment: "functions/tools/deployment/main.ts",
  drill: "functions/tools/drill/main.ts",
  firebase: "node_modules/firebase-tools/lib/bin/firebase.js",
  local: "functions/tools/local/main.ts",
  mutation: "functions/tools/checks/mutation/main.ts",
  openapi: "functions/tools/openapi/main.ts",
  ops: "functions/ops/main.ts",
  prettier: "node_modules/prettier/bin/prettier.cjs",
  screenshots: "functions/tools/checks/screenshots.ts",
  soak: "functions/tools/checks/soak.ts",
};

const [name = "", ...args] = process.argv.slice(2);
const program = PROGRAMS[name];
if (program === undefined) {
  console.error(`There is no program "${name}". There are: ${Object.keys(PROGRAMS).join(", ")}.`);
  process.exit(1);
}

// Where npm ignores install scripts, the package that brings Node has none.
const installed = join(root, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
const node = existsSync(installed) ? installed : process.execPath;
const child = spawn(node, ["--disable-warning=ExperimentalWarning", join(root, program), ...args], {
  stdio: "inherit",
});
// The program decides what a signal means; this one waits for it.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(signal, () => child.kill(signal));
child.once("exit", (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
