import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ParseArgsOptionsConfig, parseEnv } from "node:util";
import { PROJECT_ID } from "../dev/emulators.ts";
import { Failure } from "../dev/failure.ts";
import { FUNCTIONS } from "../dev/paths.ts";
import { ADDRESS } from "../dev/ports.ts";
import { ensureLocalSecrets, localSecrets } from "../dev/signing.ts";

export type Options = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface Command {
  usage: string;
  options: ParseArgsOptionsConfig;
  run: (positionals: readonly string[], options: Options) => Promise<void>;
}

/** The two lines that every command's usage ends with. */
export const TARGET_USAGE = `  --local          the local world that npm start runs
  --project ID     a real project, with your application default credentials`;

/**
 * Points the Firebase libraries at the project that the options name, before they are first used, and takes the settings
 * of its functions. Secrets of a real project come from the environment alone.
 * Throws a Failure where the options name none or both, so that nothing happens to a project by accident.
 */
export function connect({ local, project }: Options): void {
  if (local === true && project === undefined) {
    process.env["FIREBASE_AUTH_EMULATOR_HOST"] = ADDRESS.auth;
    process.env["FIRESTORE_EMULATOR_HOST"] = ADDRESS.firestore;
    process.env["GCLOUD_PROJECT"] = PROJECT_ID;
    takeSettings(PROJECT_ID);
    ensureLocalSecrets();
    // Never a real key on a local errand, and no search for a real account of Google's.
    Object.assign(process.env, localSecrets(), { METADATA_SERVER_DETECTION: "none" });
  } else if (local !== true && typeof project === "string" && project !== "") {
    delete process.env["FIREBASE_AUTH_EMULATOR_HOST"];
    delete process.env["FIRESTORE_EMULATOR_HOST"];
    process.env["GCLOUD_PROJECT"] = project;
    takeSettings(project);
  } else {
    throw new Failure("Say which project is meant: --local, or --project ID.");
  }
}

/** The settings that the functions of this project are deployed with. */
function takeSettings(project: string): void {
  for (const file of [".env", `.env.${project}`]) {
    const path = join(FUNCTIONS, file);
    if (existsSync(path)) Object.assign(process.env, parseEnv(readFileSync(path, "utf8")));
  }
}
