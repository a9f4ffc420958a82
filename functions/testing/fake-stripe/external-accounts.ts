import type Stripe from "stripe";
import { newId } from "./objects.ts";
import type { AccountObjects } from "./object-store.ts";

/** Where payouts go: a bank account, and for instant payouts a debit card. Both are Stripe's test numbers. */

export function addExternalAccounts(owner: AccountObjects, account: string | null): void {
  const given = account === null ? {} : { account };
  owner.external_account.add(newBankAccount(given));
  owner.external_account.add(newCard(given));
}

/** The id of the external account that this payout goes to. */
export function destinationOf(owner: AccountObjects, method: string): string {
  const object = method === "instant" ? "card" : "bank_account";
  const found = owner.external_account.newestFirst().find((one) => one.object === object);
  if (!found) throw new Error(`The account has no external account of the kind ${object}.`);
  return found.id;
}

function newBankAccount(given: Pick<Stripe.BankAccount, "account">): Stripe.BankAccount {
  return {
    id: newId("ba"),
    object: "bank_account",
    account_holder_name: "Ada Lovelace",
    account_holder_type: "individual",
    account_type: null,
    available_payout_methods: ["standard"],
    bank_name: "STRIPE TEST BANK",
    country: "CA",
    currency: "cad",
    default_for_currency: true,
    fingerprint: null,
    last4: "6789",
    metadata: {},
    routing_number: "11000-000",
    status: "new",
    ...given,
  };
}

function newCard(given: Pick<Stripe.Card, "account">): Stripe.Card {
  return {
    id: newId("card"),
    object: "card",
    address_city: null,
    address_country: null,
    address_line1: null,
    address_line1_check: null,
    address_line2: null,
    address_state: null,
    address_zip: null,
    address_zip_check: null,
    available_payout_methods: ["standard", "instant"],
    brand: "Visa",
    country: "CA",
    currency: "cad",
    cvc_check: "pass",
    default_for_currency: false,
    dynamic_last4: null,
    exp_month: 12,
    exp_year: 2034,
    funding: "debit",
    last4: "5556",
    metadata: {},
    name: "Ada Lovelace",
    regulated_status: "unregulated",
    tokenization_method: null,
    ...given,
  };
}
