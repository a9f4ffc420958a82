import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { CliError } from "./cli-error.ts";
import { FUNCTIONS } from "./paths.ts";

/** The settings of a project's deployed functions. */
export function projectSettings(project: string): NodeJS.Dict<string> {
  return { ...settingsIn(".env"), ...settingsIn(`.env.${project}`) };
}

/** Throws a CliError if no file has the project's own settings. */
export function requireSettings(project: string): void {
  const file = `.env.${project}`;
  if (existsSync(join(FUNCTIONS, file))) return;
  throw new CliError(`The project ${project} has no settings: functions/${file} does not exist (docs/deployment.md).`);
}

function settingsIn(file: string): NodeJS.Dict<string> {
  const path = join(FUNCTIONS, file);
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}
