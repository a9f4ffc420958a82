import { AMOUNT_FIELDS, type Amounts, type Money } from "./money.ts";
import type { Payout } from "./payout.ts";
import type { PaymentStatus } from "./payment.ts";
import type { PaymentDetails } from "./payment-details.ts";

/**
 * How money reaches the franchisee: charged on their own account; charged on the platform's with a transfer by the
 * charge; or with separate transfers (https://docs.stripe.com/connect/charges).
 */
export const CHARGE_MODES = ["direct", "destination", "transfer"] as const;

/** A fee of a balance transaction, in minor units of its currency (`type`: one of FEE_RECIPIENTS). */
export interface Fee {
  type: string;
  amount: number;
}

/**
 * Who gets each type of fee (https://docs.stripe.com/api/balance_transactions/object, `fee_details.type`). `platform`:
 * the platform. `stripe`: deducted by Stripe, for itself, the payment method's network, or a tax office.
 */
export const FEE_RECIPIENTS = {
  application_fee: "platform",
  stripe_fee: "stripe",
  payment_method_passthrough_fee: "stripe",
  tax: "stripe",
  withheld_tax: "stripe",
} as const;

export type FeeRecipient = (typeof FEE_RECIPIENTS)[keyof typeof FEE_RECIPIENTS];

const FEE_RECIPIENT: ReadonlyMap<string, FeeRecipient> = new Map(Object.entries(FEE_RECIPIENTS));

/** Undefined for an undecided type. */
export function feeRecipientOf(type: string): FeeRecipient | undefined {
  return FEE_RECIPIENT.get(type);
}

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
  /** The customer's reason: `fraudulent`, `product_not_received`, … */
  reason: string;
  /** Whether evidence was submitted, for which Stripe bills a separate fee some weeks later. */
  isCountered: boolean;
  createdAt: Date;
}

/**
 * Stripe's data of one payment, every amount in minor units of the currency beside it. Stripe's figures are read, not
 * computed, except for the platform's part, which is the rest of the total.
 */
export interface StripeSnapshot {
  /** The charge that took the money, or will; null before the first attempt. */
  chargeId: string | null;
  mode: (typeof CHARGE_MODES)[number];
  livemode: boolean;
  /** Of the PaymentIntent. */
  status: PaymentStatus;
  /** When the PaymentIntent was created. */
  createdAt: Date;
  /** What the customer pays, in the currency that they see. */
  charged: Money;
  /**
   * The Connect application that made the charge; null where the account made it itself, or it is the platform's own
   * charge; `unknown` in documents of earlier versions.
   */
  application: string | null;
  /**
   * The captured amount in its balance transactions, on the account that charged it, and its fees. Null until Stripe
   * has all of it.
   */
  settled: { currency: string; amount: number; net: number; fees: Fee[] } | null;
  /** Stripe's fee for a direct charge, if the platform pays it and Stripe states it. */
  platformPaidFee: Money | null;
  /** What arrived on the franchisee's account by transfer. Null until Stripe has it. */
  received: { currency: string; net: number } | null;
  /** In `settled.currency`; null until they are final, and where they are not all in that currency. */
  amounts: Amounts | null;
  /**
   * `pending` while a balance transaction, a transfer or an application fee is missing; `hidden` where Stripe returns
   * only the id of a transfer's arrival, as for an account that has withdrawn its authorisation.
   */
  feesStatus: "pending" | "hidden" | "final";
  /** What the customer got back of the captured amount, in `charged.currency`. */
  amountRefunded: number;
  /** Refunds of captured money, failed ones too, oldest first. */
  refunds: Refund[];
  /** Reversed transfers, in the platform's currency. */
  transferReversed: number;
  /** The refunded application fee. */
  applicationFeeRefunded: number;
  /** Every dispute, oldest first. */
  disputes: Dispute[];
  /** Of the newest dispute; null if there never was one. */
  disputeStatus: string | null;
  /**
   * What all of these have changed on the franchisee's balance so far, beside `amounts`, in the currency in which the
   * payment arrived: negative where it lost money. Null until the payment has settled, and where Stripe hides what
   * arrived.
   */
  netAdjustment: Money | null;
  /** What they have changed in other currencies, as far as Stripe states it in those alone. */
  otherAdjustments: Money[];
  /** The payout to the franchisee's bank; null until Stripe states it, which it does for automatic payouts only. */
  payout: Payout | null;
  /** What the PaymentIntent's metadata and the billing details say. */
  details: PaymentDetails;
  /** Just before the request to Stripe. Of two snapshots, the one requested later is newer. */
  asOf: Date;
}

export const UNKNOWN_APPLICATION = "unknown";

/**
 * Those of the four figures that Stripe states in this currency, in its minor units. None before the money has settled.
 */
export function figuresIn(snapshot: Omit<StripeSnapshot, "amounts">, currency: string): Partial<Amounts> {
  const { mode, charged, settled, received } = snapshot;
  if (!settled) return {};
  const arrived = mode === "direct" ? settled : received;
  const net = arrived?.currency === currency ? { amount_franchisee_net: arrived.net } : {};
  if (settled.currency !== currency) {
    return { ...net, ...(charged.currency === currency && { amount_total: charged.amount }) };
  }
  const total = settled.amount;
  const stripeFee = stripeFeesOf(snapshot, currency);
  return {
    amount_total: total,
    amount_stripe_fee: stripeFee,
    ...net,
    ...("amount_franchisee_net" in net && { amount_platform_fee: total - stripeFee - net.amount_franchisee_net }),
  };
}

/** What Stripe deducted, and what the platform paid it in this currency: as far as Stripe states it. */
function stripeFeesOf({ settled, platformPaidFee }: Omit<StripeSnapshot, "amounts">, currency: string): number {
  const deducted = settled?.fees.filter(({ type }) => feeRecipientOf(type) === "stripe") ?? [];
  const paid = platformPaidFee?.currency === currency ? [platformPaidFee] : [];
  return [...deducted, ...paid].reduce((sum, { amount }) => sum + amount, 0);
}

/**
 * Whether Stripe states its own fee for this payment, in the currency that it settled in. It does not if the platform
 * pays it (`controller.fees.payer`), or if it is billed separately: then only the sum of both fees is known, the total
 * minus the net.
 */
export function isStripeFeeStated({ settled, platformPaidFee }: Omit<StripeSnapshot, "amounts">): boolean {
  if (!settled) return false;
  return settled.fees.some(({ type }) => type === "stripe_fee") || platformPaidFee?.currency === settled.currency;
}

/** Null unless all four are in the currency that the charge settled in. */
export function amountsOfSnapshot(snapshot: Omit<StripeSnapshot, "amounts">): Amounts | null {
  if (!snapshot.settled || snapshot.feesStatus !== "final") return null;
  const figures = figuresIn(snapshot, snapshot.settled.currency);
  return isComplete(figures) ? figures : null;
}

function isComplete(figures: Partial<Amounts>): figures is Amounts {
  return AMOUNT_FIELDS.every((field) => figures[field] !== undefined);
}

/** The currency that a payment counts in: the settled one once all amounts are in it. */
export function currencyOfSnapshot({ amounts, settled, charged }: StripeSnapshot): string {
  return amounts && settled ? settled.currency : charged.currency;
}

/**
 * The newer snapshot, with what only the older one has: the payout, and final figures that Stripe no longer shows for
 * the same charge.
 */
export function mergeKnown(newer: StripeSnapshot, older: StripeSnapshot): StripeSnapshot {
  const snapshot = { ...newer, payout: newer.payout ?? older.payout };
  const isSameCharge = newer.status === "succeeded" && newer.chargeId === older.chargeId;
  if (!isSameCharge || newer.feesStatus !== "hidden" || older.feesStatus !== "final") return snapshot;
  const { settled, received, feesStatus, netAdjustment, otherAdjustments } = older;
  const complete = { ...snapshot, settled, received, feesStatus, netAdjustment, otherAdjustments };
  return { ...complete, amounts: amountsOfSnapshot(complete) };
}

/**
 * By status of the dispute (https://docs.stripe.com/api/disputes/object): whether it is over, and whether the bank
 * holds the money. In an inquiry (`warning_…`) the bank has taken nothing; an appeal follows a lost dispute.
 */
export const DISPUTE_STATUSES = {
  warning_needs_response: { isOver: false, holdsFunds: false },
  warning_under_review: { isOver: false, holdsFunds: false },
  warning_closed: { isOver: true, holdsFunds: false },
  needs_response: { isOver: false, holdsFunds: true },
  under_review: { isOver: false, holdsFunds: true },
  appeal_needs_response: { isOver: false, holdsFunds: true },
  appeal_under_review: { isOver: false, holdsFunds: true },
  won: { isOver: true, holdsFunds: false },
  lost: { isOver: true, holdsFunds: true },
  prevented: { isOver: true, holdsFunds: false },
} as const;

/** An unknown status counts as the worst: the bank holds the money, and the dispute continues. */
const disputeStatus: ReadonlyMap<string, { isOver: boolean; holdsFunds: boolean }> = new Map(
  Object.entries(DISPUTE_STATUSES),
);

/** Whether the customer's bank holds the disputed money. */
export function holdsFunds({ status }: Pick<Dispute, "status">): boolean {
  return disputeStatus.get(status)?.holdsFunds ?? true;
}

/**
 * By status of the refund (https://docs.stripe.com/api/refunds/object): whether it is over, and whether the customer
 * gets the money.
 */
export const REFUND_STATUSES = {
  pending: { isOver: false, counts: true },
  requires_action: { isOver: false, counts: true },
  succeeded: { isOver: true, counts: true },
  failed: { isOver: true, counts: false },
  canceled: { isOver: true, counts: false },
} as const;

/** Old refunds without a status succeeded. */
const refundStatus: ReadonlyMap<string | null, { isOver: boolean; counts: boolean }> = new Map(
  Object.entries(REFUND_STATUSES),
);

/** Whether the customer gets the money: the refund neither failed nor was canceled. */
export function isRefunded({ status }: Pick<Refund, "status">): boolean {
  return refundStatus.get(status)?.counts ?? true;
}

/** How long after a countered dispute Stripe may bill or return its fee: the bank decides within a hundred days. */
const COUNTERED_FEE_MS = 150 * 24 * 60 * 60_000;

/** Whether the payment may still change at Stripe, and must be fetched again. */
export function isOpen({ status, feesStatus, disputes, refunds, asOf }: StripeSnapshot): boolean {
  if (status !== "succeeded" && status !== "canceled") return true;
  if (feesStatus !== "final" || refunds.some((refund) => refundStatus.get(refund.status)?.isOver === false))
    return true;
  return disputes.some(({ status: disputed, isCountered, createdAt }) => {
    const mayBeBilled = isCountered && asOf.getTime() - createdAt.getTime() < COUNTERED_FEE_MS;
    return mayBeBilled || !(disputeStatus.get(disputed)?.isOver ?? false);
  });
}
