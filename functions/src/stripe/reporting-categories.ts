/**
 * How the ledger treats a balance transaction on a franchisee's Stripe account:
 * - `capture`: part of the capture of a payment. It counts in the payment's amounts.
 * - `after`: changes the result of a payment after its capture. It counts in the net adjustment of the payment that its
 *   source refers to. Without such a source it belongs to the account.
 * - `account`: belongs to the account and to no payment.
 * - `platform`: expected on the platform's balance only; the franchisee's account has a balance transaction of its own
 *   for the same event. On a franchisee's account it is treated as `account`.
 */
export type Treatment = "capture" | "after" | "account" | "platform";

/**
 * By `reporting_category` of the balance transaction (https://docs.stripe.com/reports/reporting-categories). Stripe
 * adds categories without a new API version. Values of other enums that no code looks up are in
 * `test/support/stripe-vocabulary.ts`.
 */
export const REPORTING_CATEGORIES: Readonly<Record<string, Treatment>> = {
  charge: "capture",
  /** The uncaptured part of an authorisation, before API version 2025-03-31.basil. */
  partial_capture_reversal: "capture",

  refund: "after",
  refund_failure: "after",
  charge_failure: "after",
  dispute: "after",
  dispute_reversal: "after",
  /** Fees that Stripe bills separately from the payment, and refunded application fees. */
  fee: "after",
  tax: "after",
  other_adjustment: "after",

  payout: "account",
  payout_reversal: "account",
  payout_minimum_balance_hold: "account",
  payout_minimum_balance_release: "account",
  topup: "account",
  topup_reversal: "account",
  risk_reserved_funds: "account",
  payment_network_reserve_hold: "account",
  payment_network_reserve_release: "account",
  advance: "account",
  advance_funding: "account",
  anticipation_repayment: "account",
  financing_payout: "account",
  financing_payout_reversal: "account",
  financing_paydown: "account",
  financing_paydown_reversal: "account",
  /** Interchange-plus pricing: billed for many payments together. */
  network_cost: "account",
  unreconciled_customer_funds: "account",
  contribution: "account",
  climate_order_purchase: "account",
  climate_order_refund: "account",
  issuing_authorization_hold: "account",
  issuing_authorization_release: "account",
  issuing_disbursement: "account",
  issuing_dispute: "account",
  issuing_dispute_fraud_liability_debit: "account",
  issuing_dispute_provisional_credit: "account",
  issuing_dispute_provisional_credit_reversal: "account",
  issuing_transaction: "account",

  platform_earning: "platform",
  platform_earning_refund: "platform",
  transfer: "platform",
  transfer_reversal: "platform",
  connect_collection_transfer: "platform",
  connect_reserved_funds: "platform",
};
