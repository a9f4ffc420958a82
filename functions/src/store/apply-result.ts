import type { Decision } from "../domain/decide.ts";
import { type Observation, paymentIdOf } from "../domain/observation.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { UnreadableDocumentError } from "./transaction-converter.ts";
import type { EventEffect } from "./stripe-events.ts";

/** An observation, and whose transaction it is about. */
export interface Target {
  franchiseeId: string;
  observation: Observation;
}

/**
 * What became of a target: the decision, and the transaction as it was and as it is now (null: there is none); or why its
 * document cannot be read, in which case it was left alone.
 */
export type Outcome =
  | { target: Target; decision: Decision; before: Transaction | null; transaction: Transaction | null }
  | { target: Target; unreadable: UnreadableDocumentError };

/** What became of several targets, and the documents that were read and written for it. */
export interface ApplyResult {
  outcomes: Outcome[];
  reads: number;
  writes: number;
}

/** What became of these targets, as an event's ledger tells it. */
export function effectsOf(outcomes: readonly Outcome[]): EventEffect[] {
  return outcomes.flatMap((outcome) => {
    if ("unreadable" in outcome) return [];
    const { target, decision } = outcome;
    const stripePaymentId = paymentIdOf(target.observation);
    return [{ franchiseeId: target.franchiseeId, stripePaymentId, outcome: decision.outcome }];
  });
}
