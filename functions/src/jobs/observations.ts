import type { Target } from "../store/apply.ts";
import type { FailedPayment } from "../store/sync-state.ts";
import type { PaymentResult } from "../stripe/payments.ts";
import type { FetchedPayments } from "./fetch-payments.ts";
import type { Ledger } from "./dependencies.ts";
import { countSkipped, type SyncReport } from "./report.ts";

/** What readings say, and about whose transactions. Those that are nobody's are counted in the report. */
export function targetsOf(readings: readonly PaymentResult[], report: SyncReport): Target[] {
  const targets: Target[] = [];
  for (const reading of readings) {
    if (reading.kind === "unrouted") {
      countSkipped(report, reading.reason);
      continue;
    }
    const { franchiseeId, stripePaymentId, facts } = reading;
    targets.push({ franchiseeId, observation: { kind: "facts", stripePaymentId, facts } });
  }
  return targets;
}

/**
 * Payments that have come to be shared after they were recorded as one franchisee's: what is recorded no longer follows Stripe, and
 * somebody has to know.
 */
export async function sharedSince(readings: readonly PaymentResult[], ledger: Ledger): Promise<FailedPayment[]> {
  const failures: FailedPayment[] = [];
  for (const reading of readings) {
    if (reading.kind !== "unrouted" || reading.stripePaymentId === null || reading.sharedAmong.length === 0) continue;
    const { stripePaymentId, sharedAmong } = reading;
    for (const franchiseeId of await ledger.withFacts(stripePaymentId, sharedAmong)) {
      const reason = `${stripePaymentId} is recorded as all of ${franchiseeId}'s, and has ${reading.reason} by now`;
      failures.push({ stripePaymentId, franchiseeId, reason });
    }
  }
  return failures;
}

/** That Stripe does not know these payments, or not as this franchisee's. */
export function absencesOf({ absent, asOf }: FetchedPayments, franchiseeId: string): Target[] {
  return absent.map((stripePaymentId) => {
    return { franchiseeId, observation: { kind: "absence", stripePaymentId, asOf } };
  });
}
