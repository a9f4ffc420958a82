import type { Discrepancy } from "./reconciliation-exception.ts";
import type { Payout } from "./payout.ts";
import type { OnBalance } from "./reconciliation.ts";
import type { StripeSnapshot } from "./stripe-snapshot.ts";
import type { GoldenRecord } from "./golden-record.ts";

/** A statement of a source or an operator about one payment. */
export type Observation = GoldenObservation | StripeObservation | OperatorObservation;

/** A golden record, and the time of its signature (of its arrival, if unsigned). */
export interface GoldenObservation {
  kind: "golden";
  record: GoldenRecord;
  sentAt: Date;
}

/**
 * A snapshot of the payment, the payout that contains it, what its movements on the franchisee's balance add up to, or
 * that Stripe does not know the payment for this franchisee.
 */
export type StripeObservation =
  | { kind: "snapshot"; stripePaymentId: string; snapshot: StripeSnapshot }
  | { kind: "payout"; stripePaymentId: string; payout: Payout }
  | { kind: "balance"; stripePaymentId: string; onBalance: OnBalance }
  | { kind: "absence"; stripePaymentId: string; asOf: Date };

export type OperatorObservation = ResolutionObservation | ErasureObservation;

/** An operator resolves or reopens an exception. `seen` is the discrepancy that the operator saw. */
export interface ResolutionObservation {
  kind: "resolution";
  stripePaymentId: string;
  seen: Discrepancy;
  isResolved: boolean;
  reason: string;
  /** The operator's address or name, which head office alone can read. */
  by: string;
  /** The name shown to franchisees; by default `by`, if it is a name. */
  shownAs?: string;
}

export interface ErasedTexts {
  /** The customer's known personal texts. */
  personal: readonly string[];
  /** Whether somebody else paid: their name, address and number stay. */
  isMention?: boolean;
  /** Random, and the same for all payments of one erasure, so that workshop ids stay distinct. */
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
