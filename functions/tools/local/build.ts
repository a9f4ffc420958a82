import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../cli/cli-error.ts";
import { FUNCTIONS, PORTAL } from "../cli/paths.ts";

/** Compiles functions/src to functions/lib. Throws a CliError. */
export function buildFunctions(): void {
  rmSync(join(FUNCTIONS, "lib"), { recursive: true, force: true });
  if (!build(FUNCTIONS)) throw new CliError("The functions do not compile.");
}

/** Builds portal/dist for this project. Throws a CliError. */
export function buildPortal(project: string): void {
  if (!build(PORTAL, { ...process.env, GCLOUD_PROJECT: project })) throw new CliError("The portal does not build.");
}

function build(folder: string, env = process.env): boolean {
  const npm = spawnSync("npm", ["run", "--silent", "build"], {
    cwd: folder,
    env,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  return npm.status === 0;
}
