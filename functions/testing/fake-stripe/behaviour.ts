/** Readings that Stripe's documentation allows (docs/stripe-behaviour.md). The first one is documented or reported. */
export const BEHAVIOURS = {
  /** The booking of an uncaptured part: none since API version 2025-03-31.basil; before, a reversal. */
  partialCapture: ["captured amount", "reversal with refund", "reversal alone"],
  /** The transfer of a destination charge whose whole authorisation was booked. */
  partialTransfer: ["captured amount", "whole, then reversed"],
  /** Whether a failed refund lowers its charge's `amount_refunded`. */
  failedRefund: ["lowers amount_refunded", "keeps amount_refunded"],
  /** How the next payout includes the money of a failed one: by its `payout_failure`, or its balance transactions. */
  failedPayout: ["returned as payout_failure", "bundled again"],
  /** What is too small to pay out (as of HUF and KWD): held like a minimum balance, or left on the balance. */
  payoutRemainder: ["held", "left"],
  /** The response to an expansion of a payout's bank account: Stripe has refused these of Standard accounts. */
  payoutDestination: ["an object", "refused", "a bare id"],
  /** The booking of the fee for an instant payout. */
  instantFee: ["within the payout", "billed to the account", "billed to the platform"],
  /** Whether a reserve also has balance transactions on the risk reserved balance. */
  reserve: ["on both balances", "on the payments balance"],
  /** The booking of a refunded application fee on the connected account. */
  feeRefund: ["adjustment by description", "adjustment by source", "adjustment alone", "within the refund"],
  /** The reference of the balance transaction of a fee for countering a dispute, or its place among the dispute's. */
  counteredFee: ["description", "adjustment", "dispute", "charge", "among the dispute's"],
  /** Where Stripe's fee appears for a direct charge whose fees the platform pays. */
  platformPaidFee: ["nothing", "application fee", "platform balance"],
  /** The response to an expansion without permission; an error is documented as possible. */
  unpermittedExpansion: ["403", "bare id"],
  /** With a code since 2026; before, with only the name of the permission. */
  permissionError: ["more_permissions_required", "no code"],
} as const;

export type StripeBehaviour = { [Name in keyof typeof BEHAVIOURS]: (typeof BEHAVIOURS)[Name][number] };

export const DOCUMENTED: StripeBehaviour = {
  partialCapture: "captured amount",
  partialTransfer: "captured amount",
  failedRefund: "lowers amount_refunded",
  failedPayout: "returned as payout_failure",
  payoutRemainder: "held",
  payoutDestination: "an object",
  instantFee: "within the payout",
  reserve: "on both balances",
  feeRefund: "adjustment by description",
  counteredFee: "description",
  platformPaidFee: "nothing",
  unpermittedExpansion: "403",
  permissionError: "more_permissions_required",
};
