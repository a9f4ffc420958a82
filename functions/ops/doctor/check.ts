import { CliError } from "../../tools/cli/cli-error.ts";
import { AppError, codeOf } from "../../src/errors.ts";
import type { Connection } from "../../src/stripe/client.ts";
import { stripeConnection } from "../command.ts";
import { type Google, GoogleApiError } from "../google.ts";

/** Each text is a sentence. */
export interface Finding {
  problem: string;
  remedy: string;
}

/** `notes` need no action. */
export interface CheckResult {
  findings: Finding[];
  notes?: string[];
}

export interface Check {
  title: string;
  /** Throws NotCheckedError if there is nothing to check; any other error becomes a finding. */
  run: (project: Project) => CheckResult | Promise<CheckResult>;
}

/** Skips a check: there is nothing to check, or another check reports what is missing. */
export class NotCheckedError extends Error {
  override readonly name = "NotCheckedError";
}

export interface Project {
  id: string;
  /** `--local`, or `--project ID`. */
  target: string;
  /** The environment of its functions. */
  settings: Readonly<NodeJS.Dict<string>>;
  secrets: ReadonlyMap<string, Secret>;
  /** Null for the local environment. */
  google: Google | null;
  portal: URL;
  now: Date;
}

/** A secret and its version, or its problem. Messages never show the value. */
export type Secret = { value: string; version: string | null } | { problem: string; remedy?: string };

/** Throws NotCheckedError for the local environment. */
export function googleOf({ google }: Project, reason: string): Google {
  if (!google) throw new NotCheckedError(reason);
  return google;
}

/** What is this late has missed two syncs (SYNC_SCHEDULE: at most four hours apart). */
export const LATE_MS = 9 * 60 * 60_000;

const MAX_NAMED = 5;

/** The first names, and the number of the others. */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(", ");
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}

const GRPC_PERMISSION_DENIED = 7;

/** Throws NotCheckedError without a key, which is a finding of the secrets. */
export function checkedConnection(): Connection {
  try {
    return stripeConnection();
  } catch (error) {
    throw error instanceof CliError ? new NotCheckedError("the Stripe key is missing (see secrets).") : error;
  }
}

/** The remedy for a failed read. */
export function remedyFor(error: unknown): string {
  const isDenied = error instanceof GoogleApiError && (error.status === 401 || error.status === 403);
  if (isDenied || codeOf(error) === GRPC_PERMISSION_DENIED) {
    return "Sign in with an account that has the roles in docs/operations.md: gcloud auth application-default login";
  }
  if (error instanceof GoogleApiError || (error instanceof AppError && error.code === "unavailable")) {
    return "Check the network, your sign-in (gcloud auth application-default login) and https://status.cloud.google.com.";
  }
  return "Fix the error, then check again.";
}
