/** Each reading that Stripe's documentation allows (docs/stripe-behaviour.md). The first is documented or reported. */
export const BEHAVIOURS = {
  /** How an uncaptured part is booked: not at all since API version 2025-03-31.basil; before, as a reversal. */
  partialCapture: ["captured amount", "reversal with refund", "reversal alone"],
  /** What the transfer of a destination charge passes on where the whole authorisation was booked. */
  partialTransfer: ["captured amount", "whole, then reversed"],
  /** Whether a refund that fails lowers its charge's `amount_refunded` again. */
  failedRefund: ["lowers amount_refunded", "keeps amount_refunded"],
  /** Whether the next payout pays a failed one's money by its `payout_failure`, or by the same balance transactions. */
  failedPayout: ["returned as payout_failure", "bundled again"],
  /** How a refunded application fee is booked on the connected account. */
  feeRefund: ["adjustment by description", "adjustment by source", "adjustment alone", "within the refund"],
  /** What the balance transaction of a fee for countering a dispute refers to, or whether it is among the dispute's. */
  counteredFee: ["description", "adjustment", "dispute", "charge", "among the dispute's"],
  /** What states Stripe's fee for a direct charge whose fees the platform pays. */
  platformPaidFee: ["nothing", "application fee", "platform balance"],
  /** What a restricted key gets for an expansion that it may not read; an error is documented as possible. */
  unpermittedExpansion: ["403", "bare id"],
  /** With a code since 2026; before with the permission's name alone. */
  permissionError: ["more_permissions_required", "no code"],
} as const;

export type StripeBehaviour = { [Name in keyof typeof BEHAVIOURS]: (typeof BEHAVIOURS)[Name][number] };

export const DOCUMENTED: StripeBehaviour = {
  partialCapture: "captured amount",
  partialTransfer: "captured amount",
  failedRefund: "lowers amount_refunded",
  failedPayout: "returned as payout_failure",
  feeRefund: "adjustment by description",
  counteredFee: "description",
  platformPaidFee: "nothing",
  unpermittedExpansion: "403",
  permissionError: "more_permissions_required",
};
