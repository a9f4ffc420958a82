import { AppError } from "../errors.ts";
import type { FailedPayment } from "../store/sync-state.ts";
import { StripeRequestError } from "../stripe/client.ts";

/** Some payments could not be taken over. All others were, and these are tried again by the next run. */
export class IncompleteSyncError extends Error {
  override readonly name = "IncompleteSyncError";
}

const MAX_REASONS = 20;

export function incompleteSync(failed: readonly FailedPayment[]): IncompleteSyncError {
  const reasons = failed.slice(0, MAX_REASONS).map(({ reason }) => reason);
  return new IncompleteSyncError(`${failed.length} payments could not be taken over: ${reasons.join("; ")}`);
}

/** Whose payments have failed; everybody's, where one of them is nobody's. */
export function affectedBy(failed: readonly FailedPayment[]): (franchiseeId: string) => boolean {
  const affected = new Set(failed.map(({ franchiseeId }) => franchiseeId));
  return (franchiseeId) => affected.has(null) || affected.has(franchiseeId);
}

/** The run has taken as long as it may. It goes on where it stopped when it is tried again. */
export class TimeLimitError extends Error {
  override readonly name = "TimeLimitError";

  constructor() {
    super("The sync has taken as long as it may; it goes on later.");
  }
}

/** What a franchisee may read of a failure. */
export function publicMessage(error: unknown): string {
  if (error instanceof StripeRequestError || error instanceof TimeLimitError) return error.message;
  if (error instanceof IncompleteSyncError)
    return "Some payments could not be taken over; the operator's log names them.";
  if (error instanceof AppError && error.code === "unavailable") return "The database could not be reached.";
  return "The sync failed; the operator's log says why.";
}
