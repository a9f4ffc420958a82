import { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";
import { ADDRESS, isFree, portOf, PROJECT_ID } from "../tools/cli/ports.ts";
import { each, franchiseeId, newProgram, parsedBy, shortText } from "../tools/cli/program.ts";
import { type ProgressBar, withProgress } from "../tools/cli/terminal.ts";
import { projectSettings } from "../tools/cli/project-settings.ts";
import { ensureLocalSecrets, localSecrets } from "../tools/cli/signing.ts";
import { stripeAccess } from "../src/config.ts";
import { AppError } from "../src/errors.ts";
import { IncompleteSyncError, TimeLimitError } from "../src/jobs/sync/failures.ts";
import { UnbookedTransactionsError, UnreadableCloseError } from "../src/store/closes.ts";
import { franchiseeIds } from "../src/store/franchisees.ts";
import { ConcurrentRebuildError } from "../src/store/rebuild-totals.ts";
import { LeaseLostError } from "../src/store/sync-state.ts";
import { UnreadableDocumentError } from "../src/store/transaction-converter.ts";
import { connect as connectStripe, type Connection, StripeRequestError } from "../src/stripe/client.ts";

export type Prepare = (target: Target, command: string) => void | Promise<void>;

/** The operator's program without commands; `prepare` runs before each command. */
export function newOps(prepare: Prepare) {
  return newProgram(
    "npm run ops --",
    "The operator's commands. Exit code 0: success; 1: failure, or a problem was found.",
  )
    .option("--local", "The local environment (npm start).")
    .option("--project <id>", "A real project; uses your application default credentials.")
    .hook("preAction", (ops, command) => prepare(ops.opts(), command.name()));
}

export type Ops = ReturnType<typeof newOps>;

export interface Target {
  local?: true | undefined;
  project?: string | undefined;
}

/** Selects the project for the Firebase libraries; call it before their first use. */
export function selectProject({ local, project }: Target): void {
  if (local === true && project === undefined) {
    process.env["FIREBASE_AUTH_EMULATOR_HOST"] = ADDRESS.auth;
    process.env["FIRESTORE_EMULATOR_HOST"] = ADDRESS.firestore;
    nameProject(PROJECT_ID);
    ensureLocalSecrets();
    // Prevents the use of a real key, or of real Google credentials.
    Object.assign(process.env, projectSettings(PROJECT_ID), localSecrets(), { METADATA_SERVER_DETECTION: "none" });
  } else if (local !== true && project !== undefined && project !== "") {
    delete process.env["FIREBASE_AUTH_EMULATOR_HOST"];
    delete process.env["FIRESTORE_EMULATOR_HOST"];
    nameProject(project);
    // Firebase Auth rejects a user's credentials without a quota project.
    process.env["GOOGLE_CLOUD_QUOTA_PROJECT"] ??= project;
    Object.assign(process.env, projectSettings(project));
  } else {
    throw new CliError("Name the project: --local, or --project ID.");
  }
}

/** Throws a CliError; the Firestore client would retry for a minute. */
export async function requireLocalEnvironment(firestore: string = ADDRESS.firestore): Promise<void> {
  if (!(await isFree(portOf(firestore)))) return;
  throw new CliError("The local environment is not running. Start it with npm start.");
}

/** Google's libraries prefer different ones. A shell may name another project in one of them. */
function nameProject(project: string): void {
  Object.assign(process.env, { GCLOUD_PROJECT: project, GOOGLE_CLOUD_PROJECT: project });
}

export function targetOf({ local, project }: Target): string {
  return local === true ? "--local" : `--project ${String(project)}`;
}

export function portalOf({ local, project, portal }: Target & { portal?: URL | undefined }): URL {
  return portal ?? new URL(local === true ? `http://${ADDRESS.hosting}` : `https://${String(project)}.web.app`);
}

const httpsSchema = z.url({ protocol: /^https$/ }).transform((address) => new URL(address));

export const PORTAL_OPTION = [
  "--portal <url>",
  "The portal's address, if it has a custom domain.",
  parsedBy(httpsSchema, "an address such as https://portal.example.com"),
] as const;
export const DRY_RUN_OPTION = ["--dry-run", "Show what would change, and write nothing."] as const;
export const JSON_OPTION = ["--json", "Print JSON."] as const;
export const BY_OPTION = ["--by <name>", "Your name; stored with the payment.", shortText] as const;
export const FRANCHISEES_ARGUMENT = ["[acct_…...]", "The franchisees; default: all.", each(franchiseeId)] as const;

export const STRIPE_KEY_HELP =
  "The key of a real project is read from STRIPE_API_KEY (STRIPE_TEST_API_KEY if STRIPE_MODE is test).";

const EARLIEST = new Date("2010-01-01T00:00:00Z");

export const pastDate = parsedBy(
  z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(T.*)?$/)
    .transform((text) => new Date(text))
    .refine((date) => date >= EARLIEST && date <= new Date()),
  "a date between 2010 and now, such as 2025-11-01",
);

/** Throws a CliError without a key of the configured mode. */
export function stripeConnection(): Connection {
  try {
    return connectStripe(stripeAccess());
  } catch (error) {
    throw new CliError(reasonOf(error));
  }
}

/** The message of an expected failure: of Stripe, the database or the settings. Rethrows any other error. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError && error.code === "unavailable") return "The database is unavailable.";
  const isKnown =
    error instanceof CliError ||
    error instanceof StripeRequestError ||
    error instanceof IncompleteSyncError ||
    error instanceof UnreadableDocumentError ||
    error instanceof UnreadableCloseError ||
    error instanceof UnbookedTransactionsError ||
    error instanceof ConcurrentRebuildError ||
    error instanceof TimeLimitError ||
    error instanceof LeaseLostError;
  if (isKnown || (error instanceof Error && /^STRIPE_|^The param /.test(error.message))) return error.message;
  throw error;
}

/** Throws a CliError for an expected failure: of Stripe, the database or the settings. */
export async function withCliErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(reasonOf(error));
  }
}

/** These franchisees; default: all. Throws a CliError for an unknown one. */
export async function knownFranchisees(accounts: readonly string[]): Promise<string[]> {
  const known = await withCliErrors(franchiseeIds);
  const unknown = accounts.filter((account) => !known.includes(account));
  if (unknown.length > 0) throw new CliError(`Unknown franchisees: ${unknown.join(", ")}.`);
  return accounts.length > 0 ? [...new Set(accounts)] : known;
}

/** Runs `work` for each name with a progress bar. Continues after a failure; returns all failures. */
export async function forEachName(
  names: readonly string[],
  format: string,
  work: (name: string, bar: ProgressBar) => Promise<readonly string[]>,
): Promise<string[]> {
  const failures: string[] = [];
  for (const name of names) {
    try {
      failures.push(...(await withProgress(name, format, (bar) => work(name, bar))));
    } catch (error) {
      failures.push(`${name}: ${reasonOf(error)}`);
    }
  }
  return failures;
}
