import type Stripe from "stripe";
import { type Given, newId } from "./objects.ts";

export function newPayout(
  given: Given<Stripe.Payout, "amount" | "arrival_date" | "automatic" | "created" | "currency" | "status">,
): Stripe.Payout {
  return {
    id: newId("po"),
    object: "payout",
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    description: given.automatic ? "STRIPE PAYOUT" : null,
    destination: "ba_local",
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
