// Runs a program of this project on the project's own Node: `node functions/tools/run.mjs PROGRAM [ARGUMENT …]`. Works on any Node
// from 18, and installs missing packages first.
import { installedNode } from "./setup.mjs";
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import npmFlags from "./cli/npm-flags.cjs";
import { PROGRAMS } from "./cli/programs.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const [name = "", ...args] = process.argv.slice(2);
const program = PROGRAMS[name];
if (program === undefined) {
  console.error(`Unknown program "${name}". Programs: ${Object.keys(PROGRAMS).join(", ")}.`);
  process.exit(1);
}

// The project's own programs check their options themselves (cli/program.ts).
const options = Object.entries(npmFlags.OPTIONS_OF_PACKAGES).find(([owner]) => owner === name)?.[1] ?? [];
const refusal = npmFlags.refusalOf(options, args, process.env);
if (refusal !== null) {
  console.error(refusal);
  process.exit(1);
}

const node = projectNode();
// Also for what the program starts, such as npm run build.
process.env["PATH"] = [dirname(node), process.env["PATH"]].join(delimiter);
const child = spawn(node, ["--disable-warning=ExperimentalWarning", join(root, program), ...args], {
  stdio: "inherit",
});
// The program handles signals; this process waits for it to exit.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(signal, () => child.kill(signal));
child.once("exit", (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));

/**
 * The installed Node; on a platform without one, or with PROJECT_NODE=system, this process's, if it can run TypeScript. CI tests the
 * deployed runtime that way (docs/decisions/0031-node.md).
 */
function projectNode() {
  const installed = installedNode();
  if (installed !== undefined && process.env["PROJECT_NODE"] !== "system") return installed;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    console.error(`Install Node 22.18 or later, such as 24: this is ${process.version}, and no other one is used.`);
    process.exit(1);
  }
  return process.execPath;
}
