/**
 * Where Stripe's documentation leaves room, this fake can follow each reading of it (docs/stripe-behaviour.md, which has the sources).
 * The first value of each is what the documentation says or integrations report; the convergence proof runs over all of them.
 */
export const BEHAVIOURS = {
  /**
   * How the part of an authorisation that is not captured is booked. Since API version 2025-03-31.basil, the charge's balance transaction
   * is of the captured amount; before, it was of the whole, and a reversal followed, with a Refund object or (as a third reading) without.
   */
  partialCapture: ["captured amount", "reversal with refund", "reversal alone"],
  /**
   * What the transfer of a destination charge that is captured in part passes on, where the charge's balance transaction is of the whole
   * authorisation: what is captured, or the whole, and the rest is reversed at once.
   */
  partialTransfer: ["captured amount", "whole, then reversed"],
  /** Whether a refund that fails lowers its charge's `amount_refunded` again. */
  failedRefund: ["lowers amount_refunded", "keeps amount_refunded"],
  /** Whether the next payout pays a failed one's money by its `payout_failure`, or by the same balance transactions once more. */
  failedPayout: ["returned as payout_failure", "bundled again"],
  /** How an application fee that is given back is booked on the connected account. */
  feeRefund: ["adjustment by description", "adjustment by source", "adjustment alone", "within the refund"],
  /** What the balance transaction of a fee for countering a dispute refers to, or whether it is among the dispute's own. */
  counteredFee: ["description", "adjustment", "dispute", "charge", "among the dispute's"],
  /** What states Stripe's fee for a direct charge whose fees the platform pays. */
  platformPaidFee: ["nothing", "application fee", "platform balance"],
  /**
   * What a restricted key gets that may make a request, and may not read what it expands. Stripe Apps "must also request" the permission of
   * each object that they expand, else "Stripe might raise an invalid request error".
   */
  unpermittedExpansion: ["403", "bare id"],
  /** How a refusal for lack of a permission is worded: with a code since 2026, and before with the permission's name alone. */
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
