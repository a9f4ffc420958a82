import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../cli/cli-error.ts";
import { FUNCTIONS } from "../cli/paths.ts";

/** Inside node_modules, where it finds its packages and is never deployed. */
const FOLDER = join(FUNCTIONS, "node_modules/.unbundled");

/** Compiles the functions file by file. Returns their folder. Throws a CliError. */
export function buildUnbundled(): string {
  rmSync(FOLDER, { recursive: true, force: true });
  const args = ["--noEmit", "false", "--allowImportingTsExtensions", "false", "--rewriteRelativeImportExtensions"];
  const tsc = spawnSync(
    process.execPath,
    [
      join(FUNCTIONS, "node_modules/typescript/bin/tsc"),
      "--project",
      "tsconfig.build.json",
      ...args,
      "--rootDir",
      "src",
      "--outDir",
      FOLDER,
    ],
    { cwd: FUNCTIONS, stdio: "inherit" },
  );
  if (tsc.status !== 0) throw new CliError("The functions do not compile.");
  writeFileSync(join(FOLDER, "package.json"), JSON.stringify({ type: "module", main: "index.js" }));
  return FOLDER;
}
