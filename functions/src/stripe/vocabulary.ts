/**
 * What each value of Stripe's enums means to the ledger. Stripe adds values without a new API version, so a value that is not here has
 * no meaning: code that looks one up handles `undefined`. `test/unit/stripe-vocabulary.test.ts` compares the tables with the pinned SDK.
 */

/**
 * What a movement on a franchisee's Stripe balance is to the ledger:
 * - `capture`: it takes a payment's money, or is a part of that. It belongs to the payment's amounts.
 * - `after`: it changes later what a payment brought. It belongs to the payment that its source names, as a net adjustment; where
 *   its source names none, to the account.
 * - `account`: it belongs to the account and to no payment.
 * - `platform`: Stripe books it on the platform's balance, and the franchisee's side has a movement of its own. On a franchisee's
 *   balance it belongs to the account, too.
 */
export type Movement = "capture" | "after" | "account" | "platform";

/**
 * By `type` of the balance transaction (https://docs.stripe.com/reports/balance-transaction-types). An `adjustment` can be nearly
 * anything, and a `refund` can be a partial capture's reversal: `REPORTING_CATEGORIES` is more exact, where both are known.
 */
export const BALANCE_TRANSACTION_TYPES: Readonly<Record<string, Movement>> = {
  charge: "capture",
  payment: "capture",

  refund: "after",
  payment_refund: "after",
  refund_failure: "after",
  /** A payment by a bank debit fails after it was booked. */
  payment_failure_refund: "after",
  payment_reversal: "after",
  /** Disputes, their reversals, returned application fees, corrections of Stripe's. */
  adjustment: "after",
  /** Of one payment (the fee for countering a dispute), or of the account (Radar, Connect): its source says which, if anything does. */
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
  /** Money of a customer's that no payment ever claimed. */
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
  /** What the platform covers of a connected account's negative balance. */
  connect_collection_transfer: "platform",
  reserve_transaction: "platform",
};

/** By `reporting_category` of the balance transaction (https://docs.stripe.com/reports/reporting-categories). */
export const REPORTING_CATEGORIES: Readonly<Record<string, Movement>> = {
  charge: "capture",
  /** The part of an authorisation that was not captured, before API version 2025-03-31.basil. */
  partial_capture_reversal: "capture",

  refund: "after",
  refund_failure: "after",
  charge_failure: "after",
  dispute: "after",
  dispute_reversal: "after",
  /** Fees that Stripe bills apart from the payment, and application fees that the platform returned. */
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
  /** Under interchange-plus pricing, billed for many payments together. */
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

/** Whether a movement's money can be paid out: it counts in the ledger in either case. By `status` of the balance transaction. */
export const BALANCE_TRANSACTION_STATUSES: Readonly<Record<string, "available" | "pending">> = {
  available: "available",
  pending: "pending",
};

/** What an attempt to pay came to: it took or reserved the money, is under way, or took nothing. By `status` of the charge. */
export const CHARGE_STATUSES: Readonly<Record<string, "money" | "under way" | "nothing">> = {
  succeeded: "money",
  pending: "under way",
  failed: "nothing",
};

/**
 * Whether a Refund object gives a customer money back, or is Stripe's record of an authorisation that nobody captured in time, which
 * moves no money. By `reason` of the refund; null says that nobody gave one.
 */
export const REFUND_REASONS: Readonly<Record<string, "refund" | "release">> = {
  duplicate: "refund",
  fraudulent: "refund",
  requested_by_customer: "refund",
  expired_uncaptured_charge: "release",
};

/** Whether Stripe tells what is in a payout: now, once it has put it together, or never. By `reconciliation_status` of the payout. */
export const PAYOUT_RECONCILIATION: Readonly<Record<string, "now" | "later" | "never">> = {
  completed: "now",
  in_progress: "later",
  not_applicable: "never",
};

/** What an application fee was taken from; one from a payout belongs to no payment. By `fee_source.type` of the application fee. */
export const APPLICATION_FEE_SOURCES: Readonly<Record<string, "payment" | "account">> = {
  charge: "payment",
  payout: "account",
};

/**
 * Who pays Stripe's fees for processing a direct charge, and for its disputes, by `controller.fees.payer` of the account
 * (https://docs.stripe.com/connect/direct-charges-fee-payer-behavior).
 */
export const FEES_PAYERS: Readonly<Record<string, "account" | "platform">> = {
  account: "account",
  application: "platform",
  /** Accounts of the types `custom` and `express`: the platform pays for other products, and not for payments. */
  application_custom: "account",
  application_express: "account",
};

/** Whether Stripe sends events to a webhook endpoint. By `status` of the endpoint. */
export const WEBHOOK_ENDPOINT_STATUSES: Readonly<Record<string, "on" | "off">> = { enabled: "on", disabled: "off" };

/**
 * Why the ledger does without an event:
 * - `told by another`: another event that is handled comes with it, or after it.
 * - `no money yet`: nothing was charged, or nothing was decided. What follows has events of its own.
 * - `becomes a payment`: the object is paid by a PaymentIntent, whose events are handled.
 * - `another balance`: it moves money that belongs to no payment of a franchisee.
 * - `an account's own data`: customers, catalogue, settings, accounts, documents.
 */
export type EventReason =
  "told by another" | "no money yet" | "becomes a payment" | "another balance" | "an account's own data";

/**
 * What becomes of each family of event types, which is the type without its last part. In a `handled` family every type is either one of
 * `EVENT_TYPES` (domain/stripe-event.ts) or in `UNNEEDED_EVENTS`; the types of any other family are all without need, for one reason.
 */
export const EVENT_FAMILIES: Readonly<Record<string, "handled" | EventReason>> = {
  payment_intent: "handled",
  charge: "handled",
  "charge.dispute": "handled",
  refund: "handled",
  transfer: "handled",
  application_fee: "handled",
  payout: "handled",

  /** Older names of `refund.updated` and, for a fee that is returned, `application_fee.refunded`. */
  "charge.refund": "told by another",
  "application_fee.refund": "told by another",

  "radar.early_fraud_warning": "no money yet",
  review: "no money yet",
  setup_intent: "no money yet",
  source: "no money yet",
  "source.transaction": "no money yet",
  mandate: "no money yet",
  "three_d_secure.authentication": "no money yet",

  "checkout.session": "becomes a payment",
  invoice: "becomes a payment",
  invoice_payment: "becomes a payment",
  invoiceitem: "becomes a payment",
  credit_note: "becomes a payment",
  quote: "becomes a payment",
  payment_link: "becomes a payment",
  "customer.subscription": "becomes a payment",
  subscription_schedule: "becomes a payment",
  "terminal.reader": "becomes a payment",

  balance: "another balance",
  cash_balance: "another balance",
  customer_cash_balance_transaction: "another balance",
  "billing.credit_balance_transaction": "another balance",
  "billing.credit_grant": "another balance",
  "climate.order": "another balance",
  "climate.product": "another balance",
  issuing_authorization: "another balance",
  issuing_card: "another balance",
  issuing_cardholder: "another balance",
  issuing_dispute: "another balance",
  issuing_personalization_design: "another balance",
  issuing_token: "another balance",
  issuing_transaction: "another balance",
  "reserve.hold": "another balance",
  "reserve.plan": "another balance",
  "reserve.release": "another balance",
  topup: "another balance",
  "treasury.credit_reversal": "another balance",
  "treasury.debit_reversal": "another balance",
  "treasury.financial_account": "another balance",
  "treasury.inbound_transfer": "another balance",
  "treasury.outbound_payment": "another balance",
  "treasury.outbound_transfer": "another balance",
  "treasury.received_credit": "another balance",
  "treasury.received_debit": "another balance",

  /** The sync lists connected accounts anew each time. */
  account: "an account's own data",
  "account.application": "an account's own data",
  "account.external_account": "an account's own data",
  "apps.install": "an account's own data",
  balance_settings: "an account's own data",
  "billing.alert": "an account's own data",
  "billing.meter": "an account's own data",
  "billing_portal.configuration": "an account's own data",
  "billing_portal.session": "an account's own data",
  capability: "an account's own data",
  coupon: "an account's own data",
  customer: "an account's own data",
  "customer.discount": "an account's own data",
  "customer.source": "an account's own data",
  "customer.tax_id": "an account's own data",
  "entitlements.active_entitlement_summary": "an account's own data",
  file: "an account's own data",
  "financial_connections.account": "an account's own data",
  "financial_connections.authorization": "an account's own data",
  "identity.verification_session": "an account's own data",
  payment_method: "an account's own data",
  person: "an account's own data",
  plan: "an account's own data",
  price: "an account's own data",
  product: "an account's own data",
  promotion_code: "an account's own data",
  "reporting.report_run": "an account's own data",
  "reporting.report_type": "an account's own data",
  "sigma.scheduled_query_run": "an account's own data",
  "tax.settings": "an account's own data",
  tax_rate: "an account's own data",
  "test_helpers.test_clock": "an account's own data",
};

/** The types of a handled family that the ledger does without. */
export const UNNEEDED_EVENTS: Readonly<Record<string, EventReason>> = {
  "payment_intent.created": "no money yet",
  /** `charge.succeeded` comes with the authorisation. */
  "payment_intent.amount_capturable_updated": "told by another",
  /** A bank transfer that is too small: `payment_intent.succeeded` comes with the rest. */
  "payment_intent.partially_funded": "no money yet",
  /** `payment_intent.processing` says the same. */
  "charge.pending": "told by another",
  /** A payout counts once it has arrived, or failed. */
  "payout.created": "no money yet",
  "payout.updated": "told by another",
  /** It never left, so no payment was said to be in it. */
  "payout.canceled": "no money yet",
};
