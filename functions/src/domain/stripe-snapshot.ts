import type { AdjustmentParts } from "./adjustments.ts";
import { AMOUNT_FIELDS, type Amounts, type Money, sumByCurrency } from "./money.ts";
import type { Payout } from "./payout.ts";
import type { PaymentStatus } from "./payment.ts";
import type { PaymentDetails } from "./payment-details.ts";
import { isOpenDispute, REFUND_STATUSES } from "./reversal-statuses.ts";

/**
 * Charge types: charged on the franchisee's own account; on the platform's with an automatic transfer; or with separate
 * transfers (https://docs.stripe.com/connect/charges).
 */
export const CHARGE_MODES = ["direct", "destination", "transfer"] as const;

/** A fee of a balance transaction, in minor units of its currency (`type`: one of FEE_RECIPIENTS). */
export interface Fee {
  type: string;
  amount: number;
}

/**
 * Who receives each type of fee (https://docs.stripe.com/api/balance_transactions/object, `fee_details.type`).
 * `stripe`: deducted by Stripe, for itself, the payment method's network, or a tax office.
 */
export const FEE_RECIPIENTS: ReadonlyMap<string, "platform" | "stripe"> = new Map([
  ["application_fee", "platform"],
  ["stripe_fee", "stripe"],
  ["payment_method_passthrough_fee", "stripe"],
  ["tax", "stripe"],
  ["withheld_tax", "stripe"],
]);

/** In minor units of `charged.currency`. */
export interface Refund {
  id: string;
  amount: number;
  /** `pending`, `requires_action`, `succeeded`, `failed` or `canceled`; null for some old ones. */
  status: string | null;
  /** `duplicate`, `fraudulent`, `requested_by_customer`, …; null if not provided. */
  reason: string | null;
  createdAt: Date;
}

/** In minor units of its own currency. */
export interface Dispute extends Money {
  id: string;
  status: string;
  /** `fraudulent`, `product_not_received`, … */
  reason: string;
  /** Whether evidence was submitted, for which Stripe bills a separate fee weeks later. */
  isCountered: boolean;
  /** Until when evidence can be submitted; null if the bank takes none, and in documents of earlier versions. */
  respondBy: Date | null;
  createdAt: Date;
}

/**
 * Stripe's data of one payment, every amount in minor units of the currency beside it. Figures are read, not computed,
 * except for the platform's part, which is the rest of the total.
 */
export interface StripeSnapshot {
  /** The successful charge, or the latest attempt; null before the first. */
  chargeId: string | null;
  mode: (typeof CHARGE_MODES)[number];
  livemode: boolean;
  /** Of the PaymentIntent. */
  status: PaymentStatus;
  /** When the PaymentIntent was created. */
  createdAt: Date;
  /** What the customer pays, in the currency presented to them. */
  charged: Money;
  /**
   * The Connect application that made the charge; null for a charge by the account itself or the platform; `unknown` in
   * documents of earlier versions.
   */
  application: string | null;
  /**
   * The captured amount and its fees, from the balance transactions on the account that charged it. Null until Stripe
   * has written all of them.
   */
  settled: { currency: string; amount: number; net: number; fees: Fee[] } | null;
  /** Stripe's fee for a direct charge, if the platform pays it and Stripe reports it. */
  platformPaidFee: Money | null;
  /** What arrived on the franchisee's account by transfer; null before. */
  received: { currency: string; net: number } | null;
  /** In `settled.currency`; null until they are final, and if they are not all in that currency. */
  amounts: Amounts | null;
  /**
   * `pending` while a balance transaction, a transfer or an application fee is missing; `hidden` if Stripe returns only
   * the id of a transfer's arrival, as for an account that has withdrawn its authorisation.
   */
  feesStatus: "pending" | "hidden" | "final";
  /** The refunded part of the captured amount, in `charged.currency`. */
  amountRefunded: number;
  /** Of captured money, including failed refunds, oldest first. */
  refunds: Refund[];
  /** Reversed transfers, in the platform's currency. */
  transferReversed: number;
  applicationFeeRefunded: number;
  /** Oldest first. */
  disputes: Dispute[];
  /** Of the newest dispute; null without any. */
  disputeStatus: string | null;
  /**
   * How all of these have changed the franchisee's balance so far, in addition to `amounts`, in the currency in which
   * the payment arrived. Null until the payment has settled, and if Stripe hides what arrived.
   */
  netAdjustment: Money | null;
  /** Their changes in other currencies, as far as Stripe reports them only there. */
  otherAdjustments: Money[];
  /** What these adjustments consist of, by currency; without those of 0. Documents of earlier versions have none. */
  adjustmentParts: AdjustmentParts[];
  /** Null until Stripe lists it, which it does for automatic payouts only. */
  payout: Payout | null;
  /** From the PaymentIntent's metadata and the billing details. */
  details: PaymentDetails;
  /** Just before the request to Stripe. Of two snapshots, the one requested later is newer. */
  asOf: Date;
}

export const UNKNOWN_APPLICATION = "unknown";

/** The figures that Stripe reports in this currency, in its minor units. None before the payment has settled. */
export function figuresIn(snapshot: Omit<StripeSnapshot, "amounts">, currency: string): Partial<Amounts> {
  const { mode, charged, settled, platformPaidFee, received } = snapshot;
  if (!settled) return {};
  const arrived = mode === "direct" ? settled : received;
  const net = arrived?.currency === currency ? { amount_franchisee_net: arrived.net } : {};
  if (settled.currency !== currency) {
    return { ...net, ...(charged.currency === currency && { amount_total: charged.amount }) };
  }
  const total = settled.amount;
  const paid = platformPaidFee?.currency === currency ? [platformPaidFee] : [];
  const stripeFees = [...settled.fees.filter(({ type }) => FEE_RECIPIENTS.get(type) === "stripe"), ...paid];
  const stripeFee = stripeFees.reduce((sum, { amount }) => sum + amount, 0);
  return {
    amount_total: total,
    amount_stripe_fee: stripeFee,
    ...net,
    ...("amount_franchisee_net" in net && { amount_platform_fee: total - stripeFee - net.amount_franchisee_net }),
  };
}

/**
 * Whether Stripe reports its own fee for this payment, in the currency that it settled in. It may not if the platform
 * pays it (`controller.fees.payer`), or if it is billed separately: then only the sum of both fees is known, as the
 * total minus the net.
 */
export function isStripeFeeStated({ settled, platformPaidFee }: Omit<StripeSnapshot, "amounts">): boolean {
  if (!settled) return false;
  return settled.fees.some(({ type }) => type === "stripe_fee") || platformPaidFee?.currency === settled.currency;
}

/** Null unless all are in the currency that the charge settled in. */
export function amountsOfSnapshot(snapshot: Omit<StripeSnapshot, "amounts">): Amounts | null {
  if (!snapshot.settled || snapshot.feesStatus !== "final") return null;
  const figures = figuresIn(snapshot, snapshot.settled.currency);
  return isComplete(figures) ? figures : null;
}

function isComplete(figures: Partial<Amounts>): figures is Amounts {
  return AMOUNT_FIELDS.every((field) => figures[field] !== undefined);
}

/**
 * What the franchisee keeps of the payment, by currency: the net and everything that changed it. Null while Stripe's
 * figures are not final, and if Stripe hides a part of them.
 */
export function keptOf({ status, feesStatus, mode, settled, received, ...after }: StripeSnapshot): Money[] | null {
  const arrived = mode === "direct" ? settled : received;
  if (status !== "succeeded" || feesStatus !== "final" || !arrived || !after.netAdjustment) return null;
  const net = { currency: arrived.currency, amount: arrived.net };
  return sumByCurrency([net, after.netAdjustment, ...after.otherAdjustments]);
}

/** The settled currency once all amounts are in it, else that of the charge. */
export function currencyOfSnapshot({ amounts, settled, charged }: StripeSnapshot): string {
  return amounts && settled ? settled.currency : charged.currency;
}

/**
 * The newer snapshot, with the payout of the older one, and its final figures if Stripe no longer shows them for the
 * same charge.
 */
export function mergeKnown(newer: StripeSnapshot, older: StripeSnapshot): StripeSnapshot {
  const snapshot = { ...newer, payout: newer.payout ?? older.payout };
  const isSameCharge = newer.status === "succeeded" && newer.chargeId === older.chargeId;
  if (!isSameCharge || newer.feesStatus !== "hidden" || older.feesStatus !== "final") return snapshot;
  const { settled, received, feesStatus, netAdjustment, otherAdjustments, adjustmentParts } = older;
  const adjustments = { netAdjustment, otherAdjustments, adjustmentParts };
  const complete = { ...snapshot, settled, received, feesStatus, ...adjustments };
  return { ...complete, amounts: amountsOfSnapshot(complete) };
}

/** How long after a countered dispute Stripe may bill or return its fee: banks decide within a hundred days. */
const COUNTERED_FEE_MS = 150 * 24 * 60 * 60_000;

/** Whether the payment may still change at Stripe, and must be fetched again. */
export function isOpen({ status, feesStatus, disputes, refunds, asOf }: StripeSnapshot): boolean {
  if (status !== "succeeded" && status !== "canceled") return true;
  if (feesStatus !== "final") return true;
  if (refunds.some((refund) => refund.status !== null && !(REFUND_STATUSES.get(refund.status)?.isOver ?? false))) {
    return true;
  }
  return disputes.some(({ status: disputed, isCountered, createdAt }) => {
    const mayBeBilled = isCountered && asOf.getTime() - createdAt.getTime() < COUNTERED_FEE_MS;
    return mayBeBilled || isOpenDispute({ status: disputed });
  });
}
