/** Texts about movements on the balance and deposits. */
import { keptPartOf, type KeptPart } from "../../functions/src/domain/kept.ts";
import { type CheckedCurrency, type Deposit, explanationOf, type Movement } from "./firestore/balance.ts";
import { humanize, TEXT } from "./messages.ts";
import { money, signedMoney } from "./money.ts";

const DEPOSIT_STATUS_TEXT: Readonly<Record<string, string>> = {
  pending: "Scheduled",
  in_transit: "On its way",
  paid: "Paid out",
  canceled: "Cancelled",
  failed: "Failed",
};

export function depositStatusText({
  status,
  reversedByPayoutId,
}: Pick<Deposit, "status" | "reversedByPayoutId">): string {
  return reversedByPayoutId === null ? (DEPOSIT_STATUS_TEXT[status] ?? humanize(status)) : "Reversed";
}

const DEPOSIT_KIND_TEXT: Readonly<Record<string, string>> = {
  automatic: "Automatic",
  manual: "Manual",
  instant: "Instant",
};

export function depositKindText(kind: string): string {
  return DEPOSIT_KIND_TEXT[kind] ?? humanize(kind);
}

export function bankText(bank: Deposit["bank"]): string {
  if (bank === null) return TEXT.bankUnknown;
  const ending = bank.last4 === null ? [] : [`ending in ${bank.last4}`];
  return [bank.name ?? "Account", ...ending].join(" ");
}

const EXPLANATION_TEXT = {
  explained: "Explained to the cent",
  "running balance": "See balance statement",
  composing: "Stripe is preparing it",
} as const;

export function explanationText(deposit: Deposit): string {
  const explanation = explanationOf(deposit);
  if (!("difference" in explanation)) return EXPLANATION_TEXT[explanation.state];
  const { state, difference } = explanation;
  if (state === "differs") return `Differs by ${signedMoney(difference, deposit.currency)}`;
  const rest = money(Math.abs(difference), deposit.currency);
  return difference > 0
    ? `Explained; ${rest} is too small to pay out and stays on the balance`
    : `Explained; includes ${rest} that was left on the balance before`;
}

/** The part of a deposit's equation that its content does not state. */
export function restText(deposit: Deposit): string {
  const explanation = explanationOf(deposit);
  if (explanation.state !== "remainder") return TEXT.unexplained;
  return explanation.difference > 0 ? TEXT.leftOver : TEXT.leftBefore;
}

/** Why a deposit came back to the balance; null if it did not. */
export function returnText({ status, amount, failure, reversedByPayoutId }: Deposit): string | null {
  const effect =
    amount < 0
      ? "The bank account wasn’t debited, so the balance owes the amount again."
      : "The money was returned to the balance.";
  if (reversedByPayoutId !== null) return `It was sent and then reversed. ${effect}`;
  if (status === "canceled") return `It was cancelled before it was sent. ${effect}`;
  if (status !== "failed") return null;
  const code = failure?.code ?? null;
  const reason = failure?.message ?? (code === null ? "The bank gave no reason." : humanize(code));
  return `${reason.replace(/[^.!?]$/, "$&.")} ${effect}`;
}

/** Reporting categories (https://docs.stripe.com/reports/reporting-categories): one movement, and several. */
const CATEGORY_TEXT: Readonly<Record<string, readonly [one: string, several: string]>> = {
  charge: ["Payment", "Payments"],
  charge_failure: ["Failed payment", "Failed payments"],
  partial_capture_reversal: ["Uncaptured part", "Uncaptured parts"],
  refund: ["Refund", "Refunds"],
  refund_failure: ["Failed refund", "Failed refunds"],
  dispute: ["Dispute", "Disputes"],
  dispute_reversal: ["Dispute won", "Disputes won"],
  fee: ["Fee", "Fees billed or returned separately"],
  tax: ["Tax on fees", "Tax on fees"],
  network_cost: ["Card network costs", "Card network costs"],
  other_adjustment: ["Adjustment", "Adjustments"],
  payout: ["Deposit", "Deposits"],
  payout_reversal: ["Deposit returned", "Deposits returned"],
  payout_minimum_balance_hold: ["Minimum balance kept", "Minimum balance kept"],
  payout_minimum_balance_release: ["Minimum balance released", "Minimum balance released"],
  topup: ["Top-up", "Top-ups"],
  topup_reversal: ["Top-up returned", "Top-ups returned"],
  risk_reserved_funds: ["Reserve for risk", "Reserves for risk"],
  payment_network_reserve_hold: ["Card network’s reserve", "Card network’s reserves"],
  payment_network_reserve_release: ["Card network’s reserve released", "Card network’s reserves released"],
  advance: ["Advance for an instant deposit", "Advances for instant deposits"],
  advance_funding: ["Repayment of an advance", "Repayments of advances"],
  anticipation_repayment: ["Repayment of anticipated payments", "Repayments of anticipated payments"],
  financing_payout: ["Loan from Stripe", "Loans from Stripe"],
  financing_payout_reversal: ["Loan returned", "Loans returned"],
  financing_paydown: ["Loan repayment", "Loan repayments"],
  financing_paydown_reversal: ["Loan repayment returned", "Loan repayments returned"],
  unreconciled_customer_funds: ["Unassigned bank transfer", "Unassigned bank transfers"],
  contribution: ["Climate contribution", "Climate contributions"],
  climate_order_purchase: ["Climate order", "Climate orders"],
  climate_order_refund: ["Climate order refunded", "Climate orders refunded"],
  issuing_authorization_hold: ["Card authorization", "Card authorizations"],
  issuing_authorization_release: ["Card authorization released", "Card authorizations released"],
  issuing_disbursement: ["Card disbursement", "Card disbursements"],
  issuing_dispute: ["Card dispute", "Card disputes"],
  issuing_dispute_fraud_liability_debit: ["Card fraud liability", "Card fraud liability"],
  issuing_dispute_provisional_credit: ["Provisional card credit", "Provisional card credits"],
  issuing_dispute_provisional_credit_reversal: [
    "Provisional card credit reversed",
    "Provisional card credits reversed",
  ],
  issuing_transaction: ["Card purchase", "Card purchases"],
  platform_earning: ["Platform fee earned", "Platform fees earned"],
  platform_earning_refund: ["Platform fee refunded", "Platform fees refunded"],
  transfer: ["Transfer", "Transfers"],
  transfer_reversal: ["Transfer reversed", "Transfers reversed"],
  connect_collection_transfer: ["Collected by the platform", "Collected by the platform"],
  connect_reserved_funds: ["Reserve for connected accounts", "Reserves for connected accounts"],
};

/** Several movements of a reporting category; Stripe’s own name for one that is new. */
export function categoryText(reportingCategory: string): string {
  return CATEGORY_TEXT[reportingCategory]?.[1] ?? humanize(reportingCategory);
}

/** One movement. */
export function movementText(movement: Movement): string {
  const { reportingCategory } = movement;
  if (reportingCategory === "fee") {
    const part = keptPartOf(movement);
    if (part === "disputeFees") return movement.net > 0 ? "Dispute fee returned" : "Dispute fee";
    if (part === "feesReturned") return "Fee returned";
  }
  return CATEGORY_TEXT[reportingCategory]?.[0] ?? humanize(reportingCategory);
}

export const KEPT_TEXT: Readonly<Record<KeptPart, string>> = {
  payment: "Payment after its fees",
  refunds: "Refunds",
  disputes: "Disputes",
  disputeFees: "Dispute fees",
  feesReturned: "Fees returned",
  other: "Other movements",
};

export function unexplainedText({ currency, available, pending, recorded, difference }: CheckedCurrency): string {
  return (
    `Stripe’s balance is ${money(available + pending, currency)}; the recorded movements add up to ` +
    `${money(recorded, currency)}; difference ${signedMoney(difference, currency)}.`
  );
}
