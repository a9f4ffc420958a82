import type { Transaction } from "../../domain/transaction.ts";
import type { Outcome } from "../../store/apply.ts";
import type { UndeliveredPage } from "../events/undelivered-events.ts";

export type SyncReport = ReturnType<typeof newReport>;

export function newReport(scope: string) {
  return {
    scope,
    /** `busy`: another run holds the lease; this one did nothing. */
    outcome: "busy" as "done" | "failed" | "busy",
    /** Whether it was a 35-day rescan. */
    isDeep: false,
    /** Whether it resumed the scan of an earlier run. */
    isResumed: false,
    /** The scanned time of creation, in ISO 8601. */
    from: null as string | null,
    to: null as string | null,
    /** The watermark's age after the run; null before the first complete sync. */
    lagSeconds: null as number | null,
    pages: 0,
    /** Decisions; a payment found in two ways counts twice. */
    payments: 0,
    /** Payments without a record. */
    created: 0,
    updated: 0,
    unchanged: 0,
    ignored: 0,
    byReconciliationStatus: {} as Partial<Record<Transaction["reconciliation"]["status"], number>>,
    /** Charges that are not a franchisee's payment, by reason. */
    skipped: {} as Record<string, number>,
    /** Undelivered events, and how many events were processed or quarantined. */
    events: { undelivered: 0, processed: 0, quarantined: 0 },
    /**
     * Of a connected account: the movements and payouts that were written, and whether all movements add up to Stripe's
     * balance (null: not compared).
     */
    balance: { movements: 0, payouts: 0, isExplained: null as boolean | null },
    stripeCalls: 0,
    firestoreReads: 0,
    firestoreWrites: 0,
    durationMs: 0,
  };
}

export function countSkipped(report: SyncReport, reason: string, count = 1): void {
  if (count > 0) report.skipped[reason] = (report.skipped[reason] ?? 0) + count;
}

export function countEvents(report: SyncReport, { undelivered, results }: UndeliveredPage): void {
  const { events } = report;
  events.undelivered += undelivered;
  for (const { outcome, effects } of results) {
    if (outcome === "quarantined") events.quarantined += 1;
    else events.processed += 1;
    report.payments += effects.length;
    for (const effect of effects) countDecision(report, effect.outcome);
  }
}

export function countOutcome(report: SyncReport, outcome: Outcome): void {
  report.payments += 1;
  if ("unreadable" in outcome) return;
  const { decision, transaction } = outcome;
  countDecision(report, decision.outcome);
  if (!transaction) return;
  const { status } = transaction.reconciliation;
  report.byReconciliationStatus[status] = (report.byReconciliationStatus[status] ?? 0) + 1;
}

function countDecision(report: SyncReport, outcome: string): void {
  if (outcome === "created" || outcome === "updated" || outcome === "ignored") report[outcome] += 1;
  else report.unchanged += 1;
}
