import type { ParseArgsOptionsConfig } from "node:util";
import { CliError } from "../tools/cli/cli-error.ts";
import { ADDRESS, PROJECT_ID } from "../tools/cli/ports.ts";
import { projectSettings } from "../tools/cli/project-settings.ts";
import { franchiseeIdSchema } from "../src/domain/payment.ts";
import { ensureLocalSecrets, localSecrets } from "../tools/cli/signing.ts";

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
 * Throws a CliError where the options name none or both, so that nothing happens to a project by accident.
 */
export function connect({ local, project }: Options): void {
  if (local === true && project === undefined) {
    process.env["FIREBASE_AUTH_EMULATOR_HOST"] = ADDRESS.auth;
    process.env["FIRESTORE_EMULATOR_HOST"] = ADDRESS.firestore;
    process.env["GCLOUD_PROJECT"] = PROJECT_ID;
    ensureLocalSecrets();
    // Never a real key on a local errand, and no search for a real account of Google's.
    Object.assign(process.env, projectSettings(PROJECT_ID), localSecrets(), { METADATA_SERVER_DETECTION: "none" });
  } else if (local !== true && typeof project === "string" && project !== "") {
    delete process.env["FIREBASE_AUTH_EMULATOR_HOST"];
    delete process.env["FIRESTORE_EMULATOR_HOST"];
    process.env["GCLOUD_PROJECT"] = project;
    // Whose quota it is: credentials of a person belong to no project, and Firebase Auth does not answer them then.
    process.env["GOOGLE_CLOUD_QUOTA_PROJECT"] ??= project;
    Object.assign(process.env, projectSettings(project));
  } else {
    throw new CliError("Say which project is meant: --local, or --project ID.");
  }
}

/** What names the project on the command line. */
export function targetOf({ local, project }: Options): string {
  return local === true ? "--local" : `--project ${String(project)}`;
}

/** Where the portal is: at the domain that `--portal` names, else where Hosting serves it. */
export function portalOf({ local, project, portal }: Options): URL {
  if (portal === undefined)
    return new URL(local === true ? `http://${ADDRESS.hosting}` : `https://${String(project)}.web.app`);
  const url = URL.parse(String(portal));
  if (url?.protocol !== "https:")
    throw new CliError(`--portal is no address such as https://portal.example.com: ${String(portal)}`);
  return url;
}

const MAX_TEXT = 500;

/** What an option says that people will read. Throws a CliError where it says nothing, or too much. */
export function textOf(option: string, options: Options): string {
  const text = String(options[option] ?? "").trim();
  if (text === "" || text.length > MAX_TEXT) throw new CliError(`--${option} takes 1 to ${MAX_TEXT} characters.`);
  return text;
}

/** The connected accounts that these words name. Throws a CliError where one names none. */
export function accountsOf(words: readonly string[]): string[] {
  const bad = words.filter((word) => !franchiseeIdSchema.safeParse(word).success);
  if (bad.length > 0) throw new CliError(`This is no connected account (acct_…): ${bad.join(", ")}`);
  return [...words];
}
