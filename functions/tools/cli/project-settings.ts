import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { FUNCTIONS } from "./paths.ts";

/** The settings of a project's deployed functions. */
export function projectSettings(project: string): NodeJS.Dict<string> {
  return { ...settingsIn(".env"), ...settingsIn(`.env.${project}`) };
}

function settingsIn(file: string): NodeJS.Dict<string> {
  const path = join(FUNCTIONS, file);
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}
