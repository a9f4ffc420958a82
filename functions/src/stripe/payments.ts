import type Stripe from "stripe";
import { amountsOfFacts, type Fee, type StripeFacts } from "../domain/stripe-facts.ts";
import { disputesOf, netAdjustmentOf, refundsOf } from "./aftermath.ts";
import { PAYMENT_STATUSES, type PaymentDetails, type PaymentStatus } from "../domain/transaction.ts";

/** Stripe's objects about one payment, each expanded as far as `CHARGE_EXPANSIONS` says. */
export interface StripePayment {
  intent: Stripe.PaymentIntent;
  /** The PaymentIntent's latest charge; null before the first attempt. */
  charge: Stripe.Charge | null;
  /** Transfers that do not belong to the charge itself (separate charges and transfers). */
  transfers: readonly Stripe.Transfer[];
  disputes: readonly Stripe.Dispute[];
  /** The charge's refunds, where they are more than come with it. */
  refunds?: readonly Stripe.Refund[] | undefined;
}

/** What a charge must be expanded with, so that no further call is needed. Two of them are as deep as Stripe goes. */
export const CHARGE_EXPANSIONS = [
  "balance_transaction",
  "application_fee",
  "refunds.data.balance_transaction",
  "refunds.data.failure_balance_transaction",
  "transfer.destination_payment.balance_transaction",
] as const;

/** A payment, and the account that it was charged on (null: the platform's). */
export interface PaymentPlace {
  stripePaymentId: string;
  chargedOn: string | null;
}

/**
 * Whose payment it is, and what Stripe's books say about it; or why it is nobody's, which it may not be for ever, and among whom
 * it is shared, if that is why.
 */
export type Reading =
  | { kind: "payment"; stripePaymentId: string; franchiseeId: string; facts: StripeFacts }
  | { kind: "unrouted"; stripePaymentId: string | null; reason: string; sharedAmong: string[] };

/** Stripe's objects contradict each other, or are none that we know. */
export class UnreadablePayment extends Error {
  override readonly name = "UnreadablePayment";
}

/**
 * Reads a payment off Stripe's objects, by the table of docs/stripe.md. `account` is the connected account that was asked,
 * null for the platform; `asOf` is just before it was asked. Throws UnreadablePayment.
 */
export function readPayment(payment: StripePayment, account: string | null, asOf: Date): Reading {
  const { intent, charge } = payment;
  const route = routeOf(payment, account);
  if ("reason" in route) return { kind: "unrouted", stripePaymentId: intent.id, ...route };

  const status = statusOf(intent);
  const settled = settledOf(charge, status);
  const received = route.mode === "direct" ? null : receivedOf(payment);
  const fee = expanded(charge?.application_fee ?? null);
  const after = {
    refunds: payment.refunds ?? charge?.refunds?.data ?? [],
    disputes: payment.disputes,
    transfers: transfersOf(payment),
    fee,
  };
  const disputes = disputesOf(after);
  const hasAllFees = (charge?.application_fee_amount ?? null) === null || fee !== null;
  const leg = { mode: route.mode, settled, received: received === "hidden" ? null : received };
  const facts: Omit<StripeFacts, "amounts"> = {
    chargeId: charge?.id ?? null,
    ...leg,
    livemode: intent.livemode,
    status,
    createdAt: new Date(intent.created * 1000),
    charged: { currency: intent.currency, amount: charge?.amount_captured || intent.amount },
    feesStatus: feesStatusOf(status, settled !== null && hasAllFees, route.mode === "direct" ? "direct" : received),
    amountRefunded: charge?.amount_refunded ?? 0,
    refunds: refundsOf(after),
    transferReversed: after.transfers.reduce((sum, transfer) => sum + transfer.amount_reversed, 0),
    applicationFeeRefunded: fee?.amount_refunded ?? 0,
    disputes,
    disputeStatus: disputes.at(-1)?.status ?? null,
    netAdjustment: netAdjustmentOf(after, leg),
    // A charge does not say it.
    payout: null,
    details: detailsOf(intent, charge),
    asOf,
  };
  return {
    kind: "payment",
    stripePaymentId: intent.id,
    franchiseeId: route.franchiseeId,
    facts: { ...facts, amounts: amountsOfFacts(facts) },
  };
}

function feesStatusOf(
  status: PaymentStatus,
  isSettled: boolean,
  arrival: ReturnType<typeof receivedOf> | "direct",
): StripeFacts["feesStatus"] {
  if (status === "canceled") return "final";
  if (!isSettled || arrival === null) return "pending";
  return arrival === "hidden" ? "hidden" : "final";
}

type Route = { franchiseeId: string; mode: StripeFacts["mode"] } | { reason: string; sharedAmong: string[] };

function routeOf(payment: StripePayment, account: string | null): Route {
  if (account !== null) return { franchiseeId: account, mode: "direct" };
  const data = payment.charge?.transfer_data ?? payment.intent.transfer_data;
  if (data) return { franchiseeId: idOf(data.destination), mode: "destination" };
  const destinations = destinationsOf(payment.transfers);
  const [franchiseeId, ...others] = destinations;
  if (franchiseeId === undefined) return { reason: "no transfer to a franchisee", sharedAmong: [] };
  if (others.length > 0) return { reason: "transfers to several franchisees", sharedAmong: destinations };
  return { franchiseeId, mode: "transfer" };
}

/** To whom these transfers go, each once. */
export function destinationsOf(transfers: readonly Stripe.Transfer[]): string[] {
  const ids = transfers.flatMap(({ destination }) => (destination === null ? [] : [idOf(destination)]));
  return [...new Set(ids)];
}

function statusOf({ id, status }: Stripe.PaymentIntent): PaymentStatus {
  const known = PAYMENT_STATUSES.find((one) => one === status);
  if (known === undefined) throw new UnreadablePayment(`${id} has the status ${status}, which is none we know.`);
  return known;
}

/** A charge that is yet to be captured, or to go through, can have a balance transaction that is not its last. */
function settledOf(charge: Stripe.Charge | null, status: PaymentStatus): StripeFacts["settled"] {
  const balance = status === "succeeded" ? expanded(charge?.balance_transaction ?? null) : null;
  if (!balance) return null;
  const fees: Fee[] = balance.fee_details.map(({ type, amount }) => ({ type, amount }));
  const sum = fees.reduce((total, { amount }) => total + amount, 0);
  if (sum !== balance.fee) {
    throw new UnreadablePayment(`The fees of ${balance.id} sum up to ${sum}, and Stripe states ${balance.fee}.`);
  }
  return { currency: balance.currency, amount: balance.amount, net: balance.net, fees };
}

/** What arrived with the franchisee: null until all of it has, hidden where Stripe shows no more than an id. */
function receivedOf(payment: StripePayment): StripeFacts["received"] | "hidden" {
  const arrivals = transfersOf(payment).map(({ destination_payment: arrived }) => arrived);
  if (arrivals.some((arrived) => typeof arrived === "string")) return "hidden";
  const balances = arrivals.flatMap((arrived) => {
    const balance = typeof arrived === "object" ? expanded(arrived.balance_transaction) : null;
    return balance ? [balance] : [];
  });
  const [first] = balances;
  if (!first || balances.length < arrivals.length) return null;
  if (balances.some(({ currency }) => currency !== first.currency)) {
    throw new UnreadablePayment(`${payment.intent.id} reached the franchisee in more currencies than one.`);
  }
  return { currency: first.currency, net: balances.reduce((sum, { net }) => sum + net, 0) };
}

function transfersOf({ charge, transfers }: StripePayment): Stripe.Transfer[] {
  const own = expanded(charge?.transfer ?? null);
  return own ? [own, ...transfers] : [...transfers];
}

/** Texts that the portal would not take from the orchestrator either are left out. */
function detailsOf({ metadata }: Stripe.PaymentIntent, charge: Stripe.Charge | null): PaymentDetails {
  const text = (name: string, otherwise: string | null = null): string | null => {
    const value = metadata[name] || otherwise;
    return value && value.length <= MAX_TEXT && value.isWellFormed() ? value : null;
  };
  const count = metadata["participantCount"] ?? "";
  const billing = charge?.billing_details;
  return {
    name: text("name", billing?.name),
    email: text("email", billing?.email),
    phone: text("phone", billing?.phone),
    workshopId: text("workshopId"),
    workshopName: text("workshopName"),
    workshopDate: text("workshopDate"),
    workshopTime: text("workshopTime"),
    participantCount: /^\d{1,9}$/.test(count) ? Number(count) : null,
    organizationType: text("organizationType"),
  };
}

/** The longest that Stripe's metadata holds. */
const MAX_TEXT = 500;

function idOf(reference: string | { id: string }): string {
  return typeof reference === "string" ? reference : reference.id;
}

/** An object that Stripe was asked to expand. Null where Stripe does not have it yet. */
function expanded<T extends { id: string }>(reference: string | T | null): T | null {
  if (typeof reference !== "string") return reference;
  throw new Error(`Stripe was not asked to expand ${reference}.`);
}
