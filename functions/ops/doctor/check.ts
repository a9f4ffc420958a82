/** What the checks of `npm run ops -- doctor` share. */
import type { Google } from "../google.ts";

/** Something that is wrong, and what to do about it, each a sentence. */
export interface Finding {
  problem: string;
  remedy: string;
}

/** `notes` are worth knowing, and nothing to be mended. */
export interface Found {
  findings: Finding[];
  notes?: string[];
}

export interface Check {
  title: string;
  /** Throws NotCheckedError where there is nothing to look at; whatever else it throws is a finding of its own. */
  run: (project: Project) => Found | Promise<Found>;
}

/** Why a check is not made: there is nothing to look at, or what it needs is a finding of another check. */
export class NotCheckedError extends Error {
  override readonly name = "NotCheckedError";
}

/** The project that is looked at. */
export interface Project {
  id: string;
  /** What names it on the command line: `--local`, or `--project ID`. */
  target: string;
  /** As its functions are deployed with. */
  settings: Readonly<NodeJS.Dict<string>>;
  secrets: ReadonlyMap<string, Secret>;
  /** Null for the local environment: there is no Google behind it. */
  google: Google | null;
  /** Where Hosting serves the portal. */
  portal: URL;
  now: Date;
}

/**
 * A secret, and its version if it has any; or what is wrong with it, and the remedy if that is not to set it. Nothing of the
 * value goes into a message.
 */
export type Secret = { value: string; version: string | null } | { problem: string; remedy?: string };

/** Google behind a project. Throws NotCheckedError where there is none. */
export function googleOf({ google }: Project, without: string): Google {
  if (!google) throw new NotCheckedError(without);
  return google;
}

/** What runs every hour has failed at least twice when nothing has come of it for so long. */
export const LATE_MS = 3 * 60 * 60_000;

const MAX_NAMED = 5;

/** The first of many, by name, and how many more there are. */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(", ");
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}
