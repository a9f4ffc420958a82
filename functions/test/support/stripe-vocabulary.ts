import type { Treatment } from "../../src/stripe/reporting-categories.ts";

/** What the ledger does about each value of Stripe's enums, for the values that the product's code does not look up. */

/**
 * By `type` of the balance transaction (https://docs.stripe.com/reports/balance-transaction-types).
 * `REPORTING_CATEGORIES` is more precise: an `adjustment` covers several cases, and a `refund` can be the reversal of a
 * partial capture.
 */
export const BALANCE_TRANSACTION_TYPES: Readonly<Record<string, Treatment>> = {
  charge: "capture",
  payment: "capture",

  refund: "after",
  payment_refund: "after",
  refund_failure: "after",
  /** A bank debit that fails after it was booked. */
  payment_failure_refund: "after",
  payment_reversal: "after",
  /** Disputes, dispute reversals, refunded application fees, corrections by Stripe. */
  adjustment: "after",
  /** For one payment (the fee for countering a dispute) or for the account (Radar, Connect). */
  stripe_fee: "after",
  stripe_fx_fee: "after",
  /** Tax on Stripe's fees. */
  tax_fee: "after",

  payout: "account",
  payout_cancel: "account",
  payout_failure: "account",
  payout_minimum_balance_hold: "account",
  payout_minimum_balance_release: "account",
  topup: "account",
  topup_reversal: "account",
  inbound_transfer: "account",
  inbound_transfer_reversal: "account",
  reserve_hold: "account",
  reserve_release: "account",
  reserved_funds: "account",
  payment_network_reserve_hold: "account",
  payment_network_reserve_release: "account",
  advance: "account",
  advance_funding: "account",
  anticipation_repayment: "account",
  /** Funds of a customer that were not reconciled with a payment. */
  payment_unreconciled: "account",
  stripe_balance_payment_debit: "account",
  stripe_balance_payment_debit_reversal: "account",
  contribution: "account",
  climate_order_purchase: "account",
  climate_order_refund: "account",
  fee_credit_funding: "account",
  tax_fund: "account",
  obligation_outbound: "account",
  obligation_reversal_inbound: "account",
  issuing_authorization_hold: "account",
  issuing_authorization_release: "account",
  issuing_dispute: "account",
  issuing_dispute_provisional_credit: "account",
  issuing_dispute_provisional_credit_reversal: "account",
  issuing_transaction: "account",

  application_fee: "platform",
  application_fee_refund: "platform",
  transfer: "platform",
  transfer_cancel: "platform",
  transfer_failure: "platform",
  transfer_refund: "platform",
  /** Covers a connected account's negative balance. */
  connect_collection_transfer: "platform",
  reserve_transaction: "platform",
};

/** By `status` of the balance transaction: whether the money can be paid out. It counts in the ledger either way. */
export const BALANCE_TRANSACTION_STATUSES: Readonly<Record<string, "available" | "pending">> = {
  available: "available",
  pending: "pending",
};

/** By `status` of the charge: whether the attempt took or authorised money, is pending, or took none. */
export const CHARGE_STATUSES: Readonly<Record<string, "money" | "pending" | "none">> = {
  succeeded: "money",
  pending: "pending",
  failed: "none",
};

/**
 * By `reason` of the refund: whether it returns money to the customer, or records that an authorisation expired, which
 * moves no money. A refund without a reason is a refund, unless it has no balance transaction.
 */
export const REFUND_REASONS: Readonly<Record<string, "refund" | "release">> = {
  duplicate: "refund",
  fraudulent: "refund",
  requested_by_customer: "refund",
  expired_uncaptured_charge: "release",
};

/** By `reconciliation_status` of the payout: whether its balance transactions can be listed now, later or never. */
export const PAYOUT_RECONCILIATION: Readonly<Record<string, "now" | "later" | "never">> = {
  completed: "now",
  in_progress: "later",
  not_applicable: "never",
};

/** By `fee_source.type` of the application fee: whether it belongs to a payment. A fee on a payout does not. */
export const APPLICATION_FEE_SOURCES: Readonly<Record<string, "payment" | "account">> = {
  charge: "payment",
  payout: "account",
};

/**
 * By `controller.fees.payer` of the account: who pays Stripe's fees for a direct charge and its disputes
 * (https://docs.stripe.com/connect/direct-charges-fee-payer-behavior).
 */
export const FEES_PAYERS: Readonly<Record<string, "account" | "platform">> = {
  account: "account",
  application: "platform",
  /** Accounts of the types `custom` and `express`: the platform pays for some other products, but not for payments. */
  application_custom: "account",
  application_express: "account",
};

/** By `status` of the webhook endpoint: whether Stripe sends events to it. */
export const WEBHOOK_ENDPOINT_STATUSES: Readonly<Record<string, "on" | "off">> = { enabled: "on", disabled: "off" };

/**
 * Why the ledger does not need an event:
 * - `redundant`: another event that the ledger handles is sent with it or after it.
 * - `no money moved`: nothing was charged, refunded or paid out. If that changes, other events follow.
 * - `covered by its payment`: the object is paid by a PaymentIntent, whose events are handled.
 * - `no franchisee payment`: it moves money that belongs to no payment of a franchisee.
 * - `account data`: customers, catalogue, settings, accounts, documents.
 */
export type EventReason =
  "redundant" | "no money moved" | "covered by its payment" | "no franchisee payment" | "account data";

/**
 * The decision on each family of event types; the family is the type without its last part. In a `handled` family,
 * every type is either in `EVENT_TYPES` (domain/stripe-event.ts) or in `UNNEEDED_EVENTS`. All types of the other
 * families are unneeded for the reason given.
 */
export const EVENT_FAMILIES: Readonly<Record<string, "handled" | EventReason>> = {
  payment_intent: "handled",
  charge: "handled",
  "charge.dispute": "handled",
  refund: "handled",
  transfer: "handled",
  application_fee: "handled",
  payout: "handled",

  /** `refund.updated` and `application_fee.refunded` are sent as well. */
  "charge.refund": "redundant",
  "application_fee.refund": "redundant",

  "radar.early_fraud_warning": "no money moved",
  review: "no money moved",
  setup_intent: "no money moved",
  source: "no money moved",
  "source.transaction": "no money moved",
  mandate: "no money moved",
  "three_d_secure.authentication": "no money moved",

  "checkout.session": "covered by its payment",
  invoice: "covered by its payment",
  invoice_payment: "covered by its payment",
  invoiceitem: "covered by its payment",
  credit_note: "covered by its payment",
  quote: "covered by its payment",
  payment_link: "covered by its payment",
  "customer.subscription": "covered by its payment",
  subscription_schedule: "covered by its payment",
  "terminal.reader": "covered by its payment",

  balance: "no franchisee payment",
  cash_balance: "no franchisee payment",
  customer_cash_balance_transaction: "no franchisee payment",
  "billing.credit_balance_transaction": "no franchisee payment",
  "billing.credit_grant": "no franchisee payment",
  "climate.order": "no franchisee payment",
  "climate.product": "no franchisee payment",
  issuing_authorization: "no franchisee payment",
  issuing_card: "no franchisee payment",
  issuing_cardholder: "no franchisee payment",
  issuing_dispute: "no franchisee payment",
  issuing_personalization_design: "no franchisee payment",
  issuing_token: "no franchisee payment",
  issuing_transaction: "no franchisee payment",
  "reserve.hold": "no franchisee payment",
  "reserve.plan": "no franchisee payment",
  "reserve.release": "no franchisee payment",
  topup: "no franchisee payment",
  "treasury.credit_reversal": "no franchisee payment",
  "treasury.debit_reversal": "no franchisee payment",
  "treasury.financial_account": "no franchisee payment",
  "treasury.inbound_transfer": "no franchisee payment",
  "treasury.outbound_payment": "no franchisee payment",
  "treasury.outbound_transfer": "no franchisee payment",
  "treasury.received_credit": "no franchisee payment",
  "treasury.received_debit": "no franchisee payment",

  /** The sync lists the connected accounts on each run. */
  account: "account data",
  "account.application": "account data",
  "account.external_account": "account data",
  "apps.install": "account data",
  balance_settings: "account data",
  "billing.alert": "account data",
  "billing.meter": "account data",
  "billing_portal.configuration": "account data",
  "billing_portal.session": "account data",
  capability: "account data",
  coupon: "account data",
  customer: "account data",
  "customer.discount": "account data",
  "customer.source": "account data",
  "customer.tax_id": "account data",
  "entitlements.active_entitlement_summary": "account data",
  file: "account data",
  "financial_connections.account": "account data",
  "financial_connections.authorization": "account data",
  "identity.verification_session": "account data",
  payment_method: "account data",
  person: "account data",
  plan: "account data",
  price: "account data",
  product: "account data",
  promotion_code: "account data",
  "reporting.report_run": "account data",
  "reporting.report_type": "account data",
  "sigma.scheduled_query_run": "account data",
  "tax.settings": "account data",
  tax_rate: "account data",
  "test_helpers.test_clock": "account data",
};

/** Event types of handled families that the ledger does not need. */
export const UNNEEDED_EVENTS: Readonly<Record<string, EventReason>> = {
  "payment_intent.created": "no money moved",
  /** `charge.succeeded` is sent for the authorisation. */
  "payment_intent.amount_capturable_updated": "redundant",
  /** A bank transfer below the amount due. `payment_intent.succeeded` is sent once the rest arrives. */
  "payment_intent.partially_funded": "no money moved",
  /** `payment_intent.processing` is sent for the same attempt. */
  "charge.pending": "redundant",
};
