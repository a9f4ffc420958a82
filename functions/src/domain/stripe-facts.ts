import { AMOUNT_FIELDS, type Amounts } from "./money.ts";
import type { Payout } from "./payout.ts";
import type { PaymentDetails, PaymentStatus } from "./transaction.ts";

/**
 * How the money reaches the franchisee: charged on their own account; charged on the platform's, which passes it on with
 * the charge; or charged on the platform's, which passes it on by transfers of their own
 * (https://docs.stripe.com/connect/charges).
 */
export const CHARGE_MODES = ["direct", "destination", "transfer"] as const;

/** One fee of a balance transaction, in minor units of its currency (`type`: `stripe_fee`, `application_fee`, `tax`, …). */
export interface Fee {
  type: string;
  amount: number;
}

/** Money on its way back to the customer, in minor units of `charged.currency`. */
export interface Refund {
  id: string;
  amount: number;
  /** `pending`, `requires_action`, `succeeded`, `failed` or `canceled`; null for some that Stripe made long ago. */
  status: string | null;
  /** Why, as whoever gave it said: `duplicate`, `fraudulent`, `requested_by_customer`, …; null if they did not. */
  reason: string | null;
  createdAt: Date;
}

/** Money that the customer's bank asks for, in minor units of its own currency. */
export interface Dispute {
  id: string;
  amount: number;
  currency: string;
  status: string;
  /** What the customer told the bank: `fraudulent`, `product_not_received`, … */
  reason: string;
  createdAt: Date;
}

/**
 * What Stripe's books say about one payment, every amount in minor units of the currency beside it. Stripe's figures are
 * read, never computed, but for the platform's part, which is what the others leave of the total.
 */
export interface StripeFacts {
  /** The charge that took the money, or is about to; null before the first attempt. */
  chargeId: string | null;
  mode: (typeof CHARGE_MODES)[number];
  livemode: boolean;
  /** Of the PaymentIntent. */
  status: PaymentStatus;
  /** When the PaymentIntent was created. */
  createdAt: Date;
  /** What the customer pays, in the currency that they see. */
  charged: { currency: string; amount: number };
  /** The charge's balance transaction: what arrived where it was charged, and its fees. Null until Stripe has it. */
  settled: { currency: string; amount: number; net: number; fees: Fee[] } | null;
  /** What arrived on the franchisee's account, if it came by transfer. Null until Stripe has it. */
  received: { currency: string; net: number } | null;
  /** The four figures in `settled.currency`; null until they are final, and where they are not all in that currency. */
  amounts: Amounts | null;
  /**
   * `pending` as long as Stripe has yet to write a balance transaction, a transfer or an application fee; `hidden` where it
   * does not show what arrived: of an account that has withdrawn its authorisation, a transfer's arrival is a mere id.
   */
  feesStatus: "pending" | "hidden" | "final";
  /** What the customer got back, in `charged.currency`. */
  amountRefunded: number;
  /** Every refund, those that failed included, oldest first. */
  refunds: Refund[];
  /** What the franchisee gave back of transfers, in the platform's currency. */
  transferReversed: number;
  /** What the platform gave back of its application fee. */
  applicationFeeRefunded: number;
  /** Every dispute, oldest first. */
  disputes: Dispute[];
  /** Of the newest dispute; null if there never was one. */
  disputeStatus: string | null;
  /**
   * What all of these have changed on the franchisee's balance so far, beside `amounts`: negative where it lost money. Null
   * until the payment has settled, where Stripe states it in more currencies than one, and where it hides what arrived.
   */
  netAdjustment: { currency: string; amount: number } | null;
  /** What paid it out to the franchisee's bank; null until Stripe has told, and for ever where the payout is not automatic. */
  payout: Payout | null;
  /** What the PaymentIntent's metadata and the billing details say. */
  details: PaymentDetails;
  /** Just before Stripe was asked. Facts asked for later are newer. */
  asOf: Date;
}

/** Those of the four figures that Stripe states in this currency, in its minor units. None before the money has settled. */
export function figuresIn(facts: Omit<StripeFacts, "amounts">, currency: string): Partial<Amounts> {
  const { mode, charged, settled, received } = facts;
  if (!settled) return {};
  const arrived = mode === "direct" ? settled : received;
  const net = arrived?.currency === currency ? { amount_franchisee_net: arrived.net } : {};
  if (settled.currency !== currency) {
    return { ...net, ...(charged.currency === currency && { amount_total: charged.amount }) };
  }
  const total = settled.amount;
  const stripeFee = settled.fees.reduce((sum, { type, amount }) => (type === "stripe_fee" ? sum + amount : sum), 0);
  return {
    amount_total: total,
    amount_stripe_fee: stripeFee,
    ...net,
    ...("amount_franchisee_net" in net && { amount_platform_fee: total - stripeFee - net.amount_franchisee_net }),
  };
}

/** The four figures, where all of them are in the currency that the charge settled in. */
export function amountsOfFacts(facts: Omit<StripeFacts, "amounts">): Amounts | null {
  if (!facts.settled || facts.feesStatus !== "final") return null;
  const figures = figuresIn(facts, facts.settled.currency);
  return isComplete(figures) ? figures : null;
}

function isComplete(figures: Partial<Amounts>): figures is Amounts {
  return AMOUNT_FIELDS.every((field) => figures[field] !== undefined);
}

/** The currency that a payment counts in, as far as Stripe can tell: the one it settled in once all figures are in it. */
export function currencyOfFacts({ amounts, settled, charged }: StripeFacts): string {
  return amounts && settled ? settled.currency : charged.currency;
}

/**
 * The newer facts, with what only the older ones tell: the payout, and the final figures where Stripe no longer shows them
 * for the same charge.
 */
export function withKnown(newer: StripeFacts, older: StripeFacts): StripeFacts {
  const facts = { ...newer, payout: newer.payout ?? older.payout };
  const isSameCharge = newer.status === "succeeded" && newer.chargeId === older.chargeId;
  if (!isSameCharge || newer.feesStatus !== "hidden" || older.feesStatus !== "final") return facts;
  const { settled, received, feesStatus } = older;
  const complete = { ...facts, settled, received, feesStatus };
  return { ...complete, amounts: amountsOfFacts(complete) };
}

/** A dispute with one of these is over. */
const CLOSED_DISPUTES: ReadonlySet<string> = new Set(["won", "lost", "warning_closed", "prevented"]);

/** With one of these, the bank has asked and taken nothing, or has given it back. */
const FREE_DISPUTES: ReadonlySet<string> = new Set([
  "won",
  "prevented",
  "warning_needs_response",
  "warning_under_review",
  "warning_closed",
]);

/** Whether the customer's bank holds the money that a dispute is about. */
export function isCharged({ status }: Pick<Dispute, "status">): boolean {
  return !FREE_DISPUTES.has(status);
}

/** A refund with one of these is still on its way. */
const OPEN_REFUNDS: ReadonlySet<string | null> = new Set(["pending", "requires_action"]);

/** Whether Stripe has yet to say its last word, so that the payment is to be looked up again. */
export function isOpen({ status, feesStatus, disputes, refunds }: StripeFacts): boolean {
  if (status !== "succeeded" && status !== "canceled") return true;
  if (feesStatus !== "final" || refunds.some((refund) => OPEN_REFUNDS.has(refund.status))) return true;
  return disputes.some((dispute) => !CLOSED_DISPUTES.has(dispute.status));
}
