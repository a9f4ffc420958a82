import { AppError } from "../../errors.ts";
import type { FailedPayment } from "../../store/sync-state.ts";
import { StripeRequestError } from "../../stripe/client.ts";

/** Some payments could not be imported. The next run retries them. */
export class IncompleteSyncError extends Error {
  override readonly name = "IncompleteSyncError";

  constructor(failed: readonly FailedPayment[]) {
    const reasons = failed.slice(0, MAX_REASONS).map(({ reason }) => reason);
    super(`${failed.length} payments could not be imported: ${reasons.join("; ")}`);
  }
}

const MAX_REASONS = 20;

/** The run reached its time limit. The next run resumes it. */
export class TimeLimitError extends Error {
  override readonly name = "TimeLimitError";

  constructor() {
    super("The sync reached its time limit and will resume.");
  }
}

/** The message that a franchisee may see. */
export function publicMessage(error: unknown): string {
  if (error instanceof StripeRequestError || error instanceof TimeLimitError) return error.message;
  if (error instanceof IncompleteSyncError) return "Some payments could not be imported; see the logs.";
  if (error instanceof AppError && error.code === "unavailable") return "The database is temporarily unavailable.";
  return "The sync failed; see the logs.";
}

/** Whether a franchisee's payments may be among the failed ones. A payment without a franchisee may be anyone's. */
export function affectedBy(failed: readonly FailedPayment[]): (franchiseeId: string) => boolean {
  const affected = new Set(failed.map(({ franchiseeId }) => franchiseeId));
  return (franchiseeId) => affected.has(null) || affected.has(franchiseeId);
}

/** With more failed payments, the run ends, and the next one repeats the scan. */
const MAX_FAILED = 500;

export class FailedPayments {
  readonly #byId = new Map<string, FailedPayment>();
  /** The ids of earlier runs' failures. */
  readonly earlier: ReadonlySet<string>;

  constructor(earlier: readonly FailedPayment[]) {
    this.earlier = new Set(earlier.map(({ stripePaymentId }) => stripePaymentId));
    this.add(earlier);
  }

  add(failures: readonly FailedPayment[]): void {
    for (const failure of failures) this.#byId.set(failure.stripePaymentId, failure);
  }

  delete(stripePaymentId: string): void {
    this.#byId.delete(stripePaymentId);
  }

  all(): FailedPayment[] {
    return [...this.#byId.values()];
  }

  /** Failures of earlier runs. A repeated scan may not find them again. */
  stillFailed(): FailedPayment[] {
    return this.all().filter(({ stripePaymentId }) => this.earlier.has(stripePaymentId));
  }

  isOverflowing(): boolean {
    return this.#byId.size - this.stillFailed().length > MAX_FAILED;
  }
}
