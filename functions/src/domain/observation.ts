import type { Discrepancy } from "./reconciliation-exception.ts";
import type { Payout } from "./payout.ts";
import type { StripeSnapshot } from "./stripe-snapshot.ts";
import type { GoldenRecord } from "./golden-record.ts";

/** What a source, or an operator, states about one payment. */
export type Observation = GoldenObservation | StripeObservation | OperatorObservation;

/** A golden record, and the time of its signature (of its arrival, if unsigned). */
export interface GoldenObservation {
  kind: "golden";
  record: GoldenRecord;
  sentAt: Date;
}

/**
 * Stripe's snapshot of a payment, the payout that paid it out, or that Stripe does not know such a payment of this
 * franchisee.
 */
export type StripeObservation =
  | { kind: "snapshot"; stripePaymentId: string; snapshot: StripeSnapshot }
  | { kind: "payout"; stripePaymentId: string; payout: Payout }
  | { kind: "absence"; stripePaymentId: string; asOf: Date };

export type OperatorObservation = ResolutionObservation | ErasureObservation;

/** An operator accepts a discrepancy with Stripe, or no longer does. */
export interface ResolutionObservation {
  kind: "resolution";
  stripePaymentId: string;
  seen: Discrepancy;
  isResolved: boolean;
  reason: string;
  /** The operator's address or name. Only head office reads it. */
  by: string;
  /** What franchisees read instead; by default `by`, if it is a name. */
  shownAs?: string;
}

/** What to erase from a payment. */
export interface ErasedTexts {
  /** The customer's known texts. */
  personal: readonly string[];
  /** Whether somebody else paid: their name, address and number stay. */
  isMention?: boolean;
  /** Random, and the same for all payments of one erasure, so that different workshops stay different. */
  salt?: string;
}

/** Erases the customer's personal data. `personal` is never stored. */
export interface ErasureObservation extends ErasedTexts {
  kind: "erasure";
  stripePaymentId: string;
  reason: string;
  by: string;
}

export function paymentIdOf(observation: Observation): string {
  return observation.kind === "golden" ? observation.record.stripePaymentId : observation.stripePaymentId;
}
