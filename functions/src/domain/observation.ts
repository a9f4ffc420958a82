import type { Discrepancy } from "./reconciliation-exception.ts";
import type { Payout } from "./payout.ts";
import type { StripeSnapshot } from "./stripe-snapshot.ts";
import type { GoldenRecord } from "./golden-record.ts";

/** What a source says about one payment, or an operator. */
export type Observation = GoldenObservation | StripeObservation | OperatorObservation;

/** A golden record, and when its sender signed it (its arrival, if it is unsigned). */
export interface GoldenObservation {
  kind: "golden";
  record: GoldenRecord;
  sentAt: Date;
}

/**
 * What Stripe answered: a payment's facts, the payout that it was paid out in, or that Stripe knows no such payment of this
 * franchisee.
 */
export type StripeObservation =
  | { kind: "facts"; stripePaymentId: string; facts: StripeSnapshot }
  | { kind: "payout"; stripePaymentId: string; payout: Payout }
  | { kind: "absence"; stripePaymentId: string; asOf: Date };

export type OperatorObservation = ResolutionObservation | ErasureObservation;

/** An operator has seen in what a payment disagrees with Stripe, and lets it stand, or no longer does. */
export interface ResolutionObservation {
  kind: "resolution";
  stripePaymentId: string;
  seen: Discrepancy;
  isResolved: boolean;
  reason: string;
  /** Who decides, by address or name. Only head office reads it. */
  by: string;
  /** What franchisees read instead; by default `by`, if it is a name. */
  shownAs?: string;
}

/** What is erased from a payment. */
export interface ErasedTexts {
  /** The customer's texts, as far as they are known. */
  personal: readonly string[];
  /** Whether somebody else paid: their name, address and number stay. */
  isMention?: boolean;
  /** Random, and the same for all payments of one erasure: workshops that were told apart by a name still are. */
  salt?: string;
}

/** The customer's personal data are to be erased. `personal` are theirs, as far as they are known, and never stored. */
export interface ErasureObservation extends ErasedTexts {
  kind: "erasure";
  stripePaymentId: string;
  reason: string;
  by: string;
}

/** The id of the payment that an observation is about. */
export function paymentIdOf(observation: Observation): string {
  return observation.kind === "golden" ? observation.record.stripePaymentId : observation.stripePaymentId;
}
