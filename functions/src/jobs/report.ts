import type { Transaction } from "../domain/transaction.ts";
import type { Outcome } from "../store/apply.ts";
import type { GapsPage } from "./undelivered-events.ts";

/** What a run did. */
export interface SyncReport {
  scope: string;
  /** `busy`: another run has the lease; this one did nothing. */
  outcome: "done" | "failed" | "busy";
  isDeep: boolean;
  /** Whether it went on with a walk that an earlier run had begun. */
  isResumed: boolean;
  /** What was walked, in ISO 8601. */
  from: string | null;
  to: string | null;
  /** How far the scope is behind after the run; null where no sync of it has come to its end yet. */
  lagSeconds: number | null;
  pages: number;
  /** Payments that were looked at; one that was found in two ways counts twice. */
  payments: number;
  /** Those that nobody had recorded. */
  created: number;
  updated: number;
  unchanged: number;
  ignored: number;
  /** How the payments that were looked at stand now, by reconciliation status. */
  standing: Partial<Record<Transaction["reconciliation"]["status"], number>>;
  /** Charges of Stripe that are no payment of a franchisee, by the reason. */
  skipped: Record<string, number>;
  /** Events that no webhook brought, and how many of them told something, or are kept for an operator. */
  events: { undelivered: number; taken: number; quarantined: number };
  stripeCalls: number;
  firestoreReads: number;
  firestoreWrites: number;
  durationMs: number;
}

export function newReport(scope: string): SyncReport {
  return {
    scope,
    outcome: "busy",
    isDeep: false,
    isResumed: false,
    from: null,
    to: null,
    lagSeconds: null,
    pages: 0,
    payments: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    ignored: 0,
    standing: {},
    skipped: {},
    events: { undelivered: 0, taken: 0, quarantined: 0 },
    stripeCalls: 0,
    firestoreReads: 0,
    firestoreWrites: 0,
    durationMs: 0,
  };
}

export function countSkipped(report: SyncReport, reason: string, count = 1): void {
  if (count > 0) report.skipped[reason] = (report.skipped[reason] ?? 0) + count;
}

/** Counts what became of events that no webhook brought, and of the payments that they are about. */
export function countGaps(report: SyncReport, { undelivered, intakes, reads, writes }: GapsPage): void {
  const { events } = report;
  report.firestoreReads += reads;
  report.firestoreWrites += writes;
  events.undelivered += undelivered;
  for (const { outcome, effects } of intakes) {
    if (outcome === "quarantined") events.quarantined += 1;
    else events.taken += 1;
    report.payments += effects.length;
    for (const effect of effects) countDecision(report, effect.outcome);
  }
}

/** Counts what became of a payment. */
export function countOutcome(report: SyncReport, outcome: Outcome): void {
  report.payments += 1;
  if ("unreadable" in outcome) return;
  const { decision, transaction } = outcome;
  countDecision(report, decision.outcome);
  if (!transaction) return;
  const { status } = transaction.reconciliation;
  report.standing[status] = (report.standing[status] ?? 0) + 1;
}

function countDecision(report: SyncReport, outcome: string): void {
  if (outcome === "created" || outcome === "updated" || outcome === "ignored") report[outcome] += 1;
  else report.unchanged += 1;
}
