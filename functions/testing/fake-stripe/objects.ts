import { randomBytes } from "node:crypto";
import type Stripe from "stripe";

/** The platform's own Connect application. */
export const APPLICATION = "ca_local";

export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString("hex")}`;
}

export type Given<T, Required extends keyof T> = Pick<T, Required> & Partial<T>;

export function newIntent(
  given: Given<Stripe.PaymentIntent, "amount" | "currency" | "created" | "metadata">,
): Stripe.PaymentIntent {
  return {
    id: newId("pi"),
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic",
    client_secret: null,
    confirmation_method: "automatic",
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
    ...given,
  };
}

export function newCharge(given: Given<Stripe.Charge, "amount" | "currency" | "created">): Stripe.Charge {
  return {
    id: newId("ch"),
    object: "charge",
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: null,
    captured: false,
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: null,
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: false,
    payment_intent: null,
    payment_method: null,
    payment_method_details: null,
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "pending",
    transfer_data: null,
    transfer_group: null,
    ...given,
  };
}

/** Types with one reporting category (https://docs.stripe.com/reports/reporting-categories). */
const CATEGORIES: Readonly<Record<string, string>> = {
  charge: "charge",
  payment: "charge",
  refund: "refund",
  payment_refund: "refund",
  refund_failure: "refund_failure",
  application_fee: "platform_earning",
  application_fee_refund: "platform_earning_refund",
  stripe_fee: "fee",
  transfer: "transfer",
  transfer_refund: "transfer_reversal",
  payout: "payout",
  payout_cancel: "payout_reversal",
  payout_failure: "payout_reversal",
  payout_minimum_balance_hold: "payout_minimum_balance_hold",
  payout_minimum_balance_release: "payout_minimum_balance_release",
  advance: "advance",
  advance_funding: "advance_funding",
  reserve_transaction: "connect_reserved_funds",
  reserve_hold: "risk_reserved_funds",
  reserve_release: "risk_reserved_funds",
};

export type BalanceTransactionFields = Pick<
  Stripe.BalanceTransaction,
  "amount" | "currency" | "created" | "type" | "source"
> & {
  fees?: { type: string; amount: number }[];
  exchangeRate?: number | null;
  description?: string | null;
  /** Default: the category of the type. */
  category?: string;
  /** Default: `created`. */
  availableOn?: number;
  balanceType?: Stripe.BalanceTransaction.BalanceType;
};

export function newBalanceTransaction(given: BalanceTransactionFields): Stripe.BalanceTransaction {
  const { fees = [], exchangeRate = null, category = CATEGORIES[given.type], ...others } = given;
  const { availableOn = given.created, balanceType = "payments", ...rest } = others;
  if (category === undefined)
    throw new Error(`A balance transaction of type ${given.type} needs a reporting category.`);
  const fee = fees.reduce((sum, { amount }) => sum + amount, 0);
  return {
    id: newId("txn"),
    object: "balance_transaction",
    available_on: availableOn,
    balance_type: balanceType,
    description: null,
    exchange_rate: exchangeRate,
    fee,
    fee_details: fees.map(({ type, amount }) => ({
      type,
      amount,
      application: type === "application_fee" ? APPLICATION : null,
      currency: rest.currency,
      description: null,
    })),
    net: rest.amount - fee,
    reporting_category: category,
    status: availableOn > rest.created ? "pending" : "available",
    ...rest,
  };
}

export function newTransfer(
  given: Given<Stripe.Transfer, "amount" | "currency" | "created" | "destination">,
): Stripe.Transfer {
  const id = newId("tr");
  return {
    id,
    object: "transfer",
    amount_reversed: 0,
    balance_transaction: null,
    description: null,
    livemode: false,
    metadata: {},
    reversals: emptyList(`/v1/transfers/${id}/reversals`),
    reversed: false,
    source_transaction: null,
    transfer_group: null,
    ...given,
  };
}

export function newApplicationFee(
  given: Given<Stripe.ApplicationFee, "account" | "amount" | "charge" | "currency" | "created">,
): Stripe.ApplicationFee {
  const id = newId("fee");
  return {
    id,
    object: "application_fee",
    amount_refunded: 0,
    application: APPLICATION,
    balance_transaction: null,
    fee_source: null,
    livemode: false,
    originating_transaction: null,
    refunded: false,
    refunds: emptyList(`/v1/application_fees/${id}/refunds`),
    ...given,
  };
}

export function newRefund(
  given: Given<Stripe.Refund, "amount" | "charge" | "currency" | "created" | "payment_intent">,
): Stripe.Refund {
  return {
    id: newId("re"),
    object: "refund",
    balance_transaction: null,
    customer: null,
    customer_account: null,
    metadata: {},
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
    ...given,
  };
}

/** The payer of Stripe's fees for direct charges (https://docs.stripe.com/connect/direct-charges-fee-payer-behavior). */
export type FeesPayer = keyof typeof ACCOUNT_TYPES;

/** The account type of each payer; `application` is for accounts without a type. */
const ACCOUNT_TYPES = {
  account: "standard",
  application: "none",
  application_custom: "custom",
  application_express: "express",
} as const satisfies Partial<Record<Stripe.Account.Controller.Fees.Payer, Stripe.Account.Type>>;

export function newAccount(id: string, created: number, payer: FeesPayer): Stripe.Account {
  return {
    id,
    object: "account",
    business_profile: newBusinessProfile(),
    charges_enabled: true,
    controller: {
      type: "application",
      is_controller: true,
      fees: { payer },
      losses: { payments: payer === "account" ? "stripe" : "application" },
      requirement_collection: "stripe",
      stripe_dashboard: { type: payer === "account" ? "full" : "express" },
    },
    country: "CA",
    created,
    default_currency: "cad",
    details_submitted: true,
    email: null,
    payouts_enabled: true,
    type: ACCOUNT_TYPES[payer],
  };
}

function newBusinessProfile(): Stripe.Account.BusinessProfile {
  return {
    mcc: null,
    minority_owned_business_designation: null,
    name: null,
    product_description: null,
    specified_commercial_transactions_act_url: null,
    support_address: null,
    support_email: null,
    support_phone: null,
    support_url: null,
    url: null,
  };
}

function emptyList<T>(url: string): Stripe.ApiList<T> {
  return { object: "list", data: [], has_more: false, url };
}

const API_VERSION = "2026-10-28.endive";

export type StoredEvent = Pick<
  Stripe.Event,
  "id" | "object" | "api_version" | "created" | "livemode" | "pending_webhooks" | "request"
> & { type: Stripe.Event.Type; account?: string; data: { object: object } };

/** Events of the platform have no `account`. */
export function newEvent(
  type: Stripe.Event.Type,
  object: object,
  { account, created, pending }: { account: string | null; created: number; pending: boolean },
): StoredEvent {
  return {
    id: newId("evt"),
    object: "event",
    api_version: API_VERSION,
    created,
    livemode: false,
    pending_webhooks: pending ? 1 : 0,
    request: { id: null, idempotency_key: null },
    type,
    ...(account !== null && { account }),
    data: { object: structuredClone(object) },
  };
}

export function newDispute(
  given: Given<Stripe.Dispute, "amount" | "charge" | "currency" | "created" | "payment_intent">,
): Stripe.Dispute {
  return {
    id: newId("dp"),
    object: "dispute",
    balance_transactions: [],
    enhanced_eligibility_types: [],
    evidence: {
      access_activity_log: null,
      billing_address: null,
      cancellation_policy: null,
      cancellation_policy_disclosure: null,
      cancellation_rebuttal: null,
      customer_communication: null,
      customer_email_address: null,
      customer_name: null,
      customer_purchase_ip: null,
      customer_signature: null,
      duplicate_charge_documentation: null,
      duplicate_charge_explanation: null,
      duplicate_charge_id: null,
      enhanced_evidence: {},
      product_description: null,
      receipt: null,
      refund_policy: null,
      refund_policy_disclosure: null,
      refund_refusal_explanation: null,
      service_date: null,
      service_documentation: null,
      shipping_address: null,
      shipping_carrier: null,
      shipping_date: null,
      shipping_documentation: null,
      shipping_tracking_number: null,
      uncategorized_file: null,
      uncategorized_text: null,
    },
    evidence_details: {
      due_by: given.created + 7 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    reason: "fraudulent",
    status: "needs_response",
    ...given,
  };
}

export function newPayout(
  given: Given<
    Stripe.Payout,
    "amount" | "arrival_date" | "automatic" | "created" | "currency" | "destination" | "status"
  >,
): Stripe.Payout {
  return {
    id: newId("po"),
    object: "payout",
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    description: given.automatic ? "STRIPE PAYOUT" : null,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: {},
    method: "standard",
    original_payout: null,
    payout_method: null,
    reconciliation_status: given.automatic ? "in_progress" : "not_applicable",
    reversed_by: null,
    source_type: "card",
    statement_descriptor: null,
    trace_id: null,
    type: "bank_account",
    ...given,
  };
}
