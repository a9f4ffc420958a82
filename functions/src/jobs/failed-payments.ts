import type { FailedPayment } from "../store/sync-state.ts";

/** More than so many failed payments are not kept one by one: the run ends, and the walk is done again by the next. */
const MAX_FAILED = 500;

/** What is not in the ledger as it should be: what earlier runs left, until it is mended, and what this one finds. */
export class FailedPayments {
  readonly #byId = new Map<string, FailedPayment>();
  /** The ids of those that earlier runs left. */
  readonly remembered: ReadonlySet<string>;

  constructor(remembered: readonly FailedPayment[]) {
    this.remembered = new Set(remembered.map(({ stripePaymentId }) => stripePaymentId));
    this.add(remembered);
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

  /** Those of earlier runs, which a walk that is done again may not find again. */
  stillFailed(): FailedPayment[] {
    return this.all().filter(({ stripePaymentId }) => this.remembered.has(stripePaymentId));
  }

  isOverflowing(): boolean {
    return this.#byId.size - this.stillFailed().length > MAX_FAILED;
  }
}
