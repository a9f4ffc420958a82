/** Logs lines that metrics count (docs/operations.md). */
import type { Transaction } from "../domain/transaction.ts";
import { log } from "../log.ts";

export function logAlerts(franchiseeId: string, before: Transaction | null, after: Transaction): void {
  const payment = { franchiseeId, transactionId: after.stripePaymentId };
  if (after.exception === "open" && before?.exception !== "open") {
    log.info("exception opened", { ...payment, status: after.reconciliation.status });
  }
  const platformFee = platformFeeOf(after);
  if (platformFee < 0 && platformFeeOf(before) >= 0) {
    log.warn("negative platform fee", { ...payment, amount_platform_fee: platformFee });
  }
}

/** In minor units; 0 while Stripe's amount is unknown. */
function platformFeeOf(transaction: Transaction | null): number {
  return transaction?.stripe?.amounts?.amount_platform_fee ?? 0;
}
