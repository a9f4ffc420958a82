import type { Target } from "../store/apply.ts";
import type { Reading } from "../stripe/payments.ts";
import type { LookedUp } from "./look-up.ts";
import { countSkipped, type SyncReport } from "./report.ts";

/** What readings say, and about whose transactions. Those that are nobody's are counted in the report. */
export function targetsOf(readings: readonly Reading[], report: SyncReport): Target[] {
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

/** That Stripe does not know these payments, or not as this franchisee's. */
export function absencesOf({ absent, asOf }: LookedUp, franchiseeId: string): Target[] {
  return absent.map((stripePaymentId) => {
    return { franchiseeId, observation: { kind: "absence", stripePaymentId, asOf } };
  });
}
