/** What the commands that ask Stripe share. */
import { CliError } from "../tools/cli/cli-error.ts";
import { stripeAccess } from "../src/config.ts";
import { AppError } from "../src/errors.ts";
import { IncompleteSyncError, TimeLimitError } from "../src/jobs/sync/failures.ts";
import { ConcurrentRebuildError } from "../src/store/rebuild-totals.ts";
import { UnbookedTransactionsError, UnreadableCloseError } from "../src/store/closes.ts";
import { UnreadableDocumentError } from "../src/store/transaction-converter.ts";
import { LeaseLostError } from "../src/store/sync-state.ts";
import { connect, type Connection, StripeRequestError } from "../src/stripe/client.ts";
import type { Options } from "./command.ts";

/** Throws a CliError where there is no key of the right mode. */
export function stripeConnection(): Connection {
  try {
    return connect(stripeAccess());
  } catch (error) {
    throw new CliError(reasonOf(error));
  }
}

/** Stripe's own beginning. */
const EARLIEST = new Date("2010-01-01T00:00:00Z");

/** The date of an option; undefined where it is not given. Throws a CliError for what is none, or none of Stripe's time. */
export function dateOf(option: string, value: Options[string]): Date | undefined {
  if (value === undefined) return undefined;
  const date = new Date(String(value));
  if (!/^\d{4}-\d{2}-\d{2}(T.*)?$/.test(String(value)) || Number.isNaN(date.getTime())) {
    throw new CliError(`--${option} is no date such as 2025-11-01: ${String(value)}`);
  }
  if (date < EARLIEST || date > new Date()) {
    throw new CliError(`--${option} is not between 2010 and now: ${String(value)}`);
  }
  return date;
}

/** In one line, what Stripe, the database or the settings have against it. Anything else is a defect, and thrown on. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError && error.code === "unavailable") return "The database cannot be reached.";
  const isKnown =
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
