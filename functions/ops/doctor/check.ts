import { type Google, GoogleApiError } from "../google.ts";
import { AppError, codeOf } from "../../src/errors.ts";

/** Each a sentence. */
export interface Finding {
  problem: string;
  remedy: string;
}

/** `notes` need no action. */
export interface Found {
  findings: Finding[];
  notes?: string[];
}

export interface Check {
  title: string;
  /** Throws NotCheckedError where there is nothing to check; any other error becomes a finding. */
  run: (project: Project) => Found | Promise<Found>;
}

/** Why a check is skipped: there is nothing to check, or what it needs is a finding of another check. */
export class NotCheckedError extends Error {
  override readonly name = "NotCheckedError";
}

export interface Project {
  id: string;
  /** `--local`, or `--project ID`. */
  target: string;
  /** As its functions are deployed with. */
  settings: Readonly<NodeJS.Dict<string>>;
  secrets: ReadonlyMap<string, Secret>;
  /** Null for the local environment. */
  google: Google | null;
  portal: URL;
  now: Date;
}

/** A secret and its version, or what is wrong with it. Messages show nothing of the value. */
export type Secret = { value: string; version: string | null } | { problem: string; remedy?: string };

/** Throws NotCheckedError for the local environment. */
export function googleOf({ google }: Project, without: string): Google {
  if (!google) throw new NotCheckedError(without);
  return google;
}

/** What runs every hour has failed at least twice after this time. */
export const LATE_MS = 3 * 60 * 60_000;

const MAX_NAMED = 5;

/** The first few names, and how many more there are. */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(", ");
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}

const GRPC_PERMISSION_DENIED = 7;

/** What to do where something could not be read. */
export function remedyFor(error: unknown): Finding["remedy"] {
  const isRefused = error instanceof GoogleApiError && (error.status === 401 || error.status === 403);
  if (isRefused || codeOf(error) === GRPC_PERMISSION_DENIED) {
    return "Use an account that may read it (docs/operations.md names the roles): gcloud auth application-default login";
  }
  if (error instanceof GoogleApiError || (error instanceof AppError && error.code === "unavailable")) {
    return "Is there a network, and are you signed in (gcloud auth application-default login)? https://status.cloud.google.com";
  }
  return "Fix what it says, and check again.";
}
