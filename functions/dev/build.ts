import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "./failure.ts";
import { FUNCTIONS } from "./paths.ts";

/** Compiles functions/src to functions/lib, as a deployment does. Throws a Failure when it does not compile. */
export function buildFunctions(): void {
  rmSync(join(FUNCTIONS, "lib"), { recursive: true, force: true });
  const npm = spawnSync("npm", ["run", "--silent", "build"], {
    cwd: FUNCTIONS,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) throw new Failure("The functions do not compile.");
}
