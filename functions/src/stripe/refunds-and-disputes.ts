import type Stripe from "stripe";
import { type Adjustment, sumAdjustments } from "../domain/adjustments.ts";
import { compareTexts } from "../domain/canonical-json.ts";
import { FEE_REFUND, splitMovement } from "../domain/kept.ts";
import type { Money } from "../domain/money.ts";
import { isRefunded } from "../domain/reversal-statuses.ts";
import type { Dispute, Refund, StripeSnapshot } from "../domain/stripe-snapshot.ts";
import { expanded, idOf, isExpanded, uniqueById } from "./expansion.ts";

/** Balance transactions that a payment's objects do not reference. */
export interface UnlinkedBalances {
  /** On the account that charged the payment. */
  charging: readonly Stripe.BalanceTransaction[];
  /** On the franchisee's account; the same for a direct charge. */
  franchisee: readonly Stripe.BalanceTransaction[];
  /** Reversals of its transfers that are not among these; null if the transfers show all of them. */
  unlistedReversals: readonly Money[] | null;
  /** Reversals of transferred but uncaptured money (`releasedTransferOf`); not among `franchisee`. */
  released: readonly Stripe.BalanceTransaction[];
  /** Stripe's fee that the platform paid for a direct charge; null if unknown. */
  platformPaidFee: Money | null;
}

/** Everything that changes a franchisee's balance after the payment. */
export interface RefundsAndDisputes {
  charge: Stripe.Charge | null;
  refunds: readonly Stripe.Refund[];
  disputes: readonly Stripe.Dispute[];
  transfers: readonly Stripe.Transfer[];
  fee: Stripe.ApplicationFee | null;
  found: UnlinkedBalances | null;
}

/** Refunds of captured money, oldest first. */
export function refundsOf(payment: RefundsAndDisputes): Refund[] {
  return oldestFirst(refundsOfCaptured(payment)).map(({ id, amount, status, reason, created }) => {
    return { id, amount, status, reason, createdAt: new Date(created * 1000) };
  });
}

/** The sum of the refunds of captured money, in the charge's currency. The charge's own sum includes releases. */
export function amountRefundedOf(payment: RefundsAndDisputes): number {
  return refundsOfCaptured(payment).reduce((sum, refund) => (isRefunded(refund) ? sum + refund.amount : sum), 0);
}

/** Excludes the refunds by which Stripe released uncaptured money: the customer never paid it. */
function refundsOfCaptured(payment: RefundsAndDisputes): readonly Stripe.Refund[] {
  return payment.refunds.filter((refund) => !isRelease(refund, payment));
}

/**
 * Whether a refund releases uncaptured money. Stripe created one before API version 2025-03-31.basil. Its balance
 * transaction identifies it; without one, it is the first refund, of exactly the uncaptured amount. If nothing was
 * captured, every refund is one.
 */
function isRelease(
  refund: Stripe.Refund,
  { charge, refunds }: Pick<RefundsAndDisputes, "charge" | "refunds">,
): boolean {
  if (!charge?.captured) return true;
  const balance = expanded(refund.balance_transaction);
  if (balance) return balance.reporting_category === PARTIAL_CAPTURE_REVERSAL;
  // A pending refund has no balance transaction either; a release succeeds at once.
  const isFirst = oldestFirst(refunds)[0]?.id === refund.id && refund.status === "succeeded";
  return isFirst && refund.amount === charge.amount - charge.amount_captured;
}

/** https://docs.stripe.com/reports/reporting-categories */
export const PARTIAL_CAPTURE_REVERSAL = "partial_capture_reversal";

/** Oldest first. */
export function disputesOf({ disputes }: RefundsAndDisputes): Dispute[] {
  return oldestFirst(disputes).map(({ id, amount, currency, status, reason, created, evidence_details: evidence }) => {
    const isCountered = evidence.submission_count > 0;
    const createdAt = new Date(created * 1000);
    return { id, amount, currency, status, reason, isCountered, respondBy: respondByOf(evidence), createdAt };
  });
}

/** Stripe states 0 if the bank takes no evidence (https://docs.stripe.com/api/disputes/object, `evidence_details.due_by`). */
export function respondByOf({ due_by }: Stripe.Dispute.EvidenceDetails): Date | null {
  return due_by === null || due_by === 0 ? null : new Date(due_by * 1000);
}

type Adjustments = Pick<StripeSnapshot, "netAdjustment" | "otherAdjustments" | "adjustmentParts">;

/**
 * The change of the franchisee's balance after the payment. For a direct charge, the franchisee bears refunds, disputes
 * and their fees, as the balance transactions state them. For other charges the platform bears them, and reverses
 * transfers. Refunds of the application fee go to the franchisee in both cases. `captured` are the balance transactions
 * of the payment itself.
 */
export function adjustmentsOf(
  payment: RefundsAndDisputes,
  { mode, settled, received }: Pick<StripeSnapshot, "mode" | "settled" | "received">,
  captured: readonly Stripe.BalanceTransaction[],
): Adjustments {
  const leg = mode === "direct" ? settled : received;
  if (!leg) return { netAdjustment: null, otherAdjustments: [], adjustmentParts: [] };
  const booked = mode === "direct" ? bookedSince(payment, captured) : (payment.found?.franchisee ?? []);
  const reversed = mode === "direct" ? [] : (payment.found?.unlistedReversals ?? reversedOf(payment));
  const as = (part: Adjustment["part"]) => (money: Money) => ({ ...money, part });
  return sumAdjustments(leg.currency, [
    ...booked.flatMap(partsOf),
    ...reversed.map(as("refunds")),
    ...unbookedFeeRefund(payment, booked, captured, leg.currency).map(as("feesReturned")),
  ]);
}

function partsOf({ reporting_category, source, currency, ...balance }: Stripe.BalanceTransaction): Adjustment[] {
  const movement = { ...balance, reportingCategory: reporting_category, source: source && idOf(source) };
  // A payment that failed after its success is no part of the capture.
  return splitMovement(movement).map(({ part, amount }) => ({
    part: part === "payment" ? "other" : part,
    currency,
    amount,
  }));
}

/** Balance transactions after the payment. They include the return of a failed refund or a won dispute. */
function bookedSince(
  { refunds, disputes, found }: RefundsAndDisputes,
  captured: readonly Stripe.BalanceTransaction[],
): Stripe.BalanceTransaction[] {
  const balances = [
    ...refunds.flatMap((refund) => [refund.balance_transaction, refund.failure_balance_transaction ?? null]),
    ...disputes.flatMap((dispute) => dispute.balance_transactions),
  ].flatMap((balance) => expanded(balance) ?? []);
  const capturedIds = new Set(captured.map(({ id }) => id));
  return uniqueById([...balances, ...(found?.franchisee ?? [])]).filter(({ id }) => !capturedIds.has(id));
}

/**
 * The part of the refunded application fee that is not in these balance transactions, in the fee's currency, which is
 * the charge's. Each refund is booked once. In another currency only the booking states the rate; if some bookings are
 * missing, the others are converted at the rate of the fee itself.
 */
function unbookedFeeRefund(
  { fee, transfers }: RefundsAndDisputes,
  booked: readonly Stripe.BalanceTransaction[],
  captured: readonly Stripe.BalanceTransaction[],
  arrivedIn: string,
): Money[] {
  if (!fee || fee.amount_refunded === 0) return [];
  const { currency, amount_refunded: refunded, refunds } = fee;
  const returned = [
    ...booked.flatMap((balance) => feeReturnedBy(balance, fee)),
    ...captured.flatMap((balance) => feesWithin(balance).filter(({ amount }) => amount > 0)),
  ];
  const left = refunded - sumIn(currency, returned);
  const isConverted = returned.some((money) => money.currency !== currency);
  const bookings = returned.filter(({ amount }) => amount >= 0).length;
  if (isConverted && !refunds.has_more && bookings >= refunds.data.length) return [];
  const converted = arrivedIn === currency ? 0 : sumIn(arrivedIn, returned);

  const arrivals = transfers.flatMap((transfer) => arrivalOf(transfer) ?? []);
  const deducted = (arrivals.length > 0 ? arrivals : captured).flatMap(feesWithin).filter(({ amount }) => amount < 0);
  const taken = arrivedIn === currency ? 0 : -sumIn(arrivedIn, deducted);
  if (taken === 0) return converted === 0 ? [{ currency, amount: left }] : [];
  // How much of the fee is worth a minor unit of the other currency, to which Stripe rounds each booking.
  const unit = fee.amount / taken;
  const rest = left - Math.round(converted * unit);
  const rounding = converted === 0 ? (unit * refunds.data.length) / 2 : (unit * (bookings + 1)) / 2 + 0.5;
  return Math.abs(rest) <= rounding ? [] : [{ currency, amount: rest }];
}

function sumIn(currency: string, amounts: readonly Money[]): number {
  return amounts.reduce((sum, money) => (money.currency === currency ? sum + money.amount : sum), 0);
}

/** The application fees in a balance transaction: negative if deducted, positive if returned. */
function feesWithin({ currency, fee_details }: Stripe.BalanceTransaction): Money[] {
  const fees = fee_details.filter(({ type }) => type === "application_fee");
  return fees.length === 0 ? [] : [{ currency, amount: -fees.reduce((sum, { amount }) => sum + amount, 0) }];
}

/**
 * The refunded application fee in a balance transaction: a negative fee of a refund, or an adjustment
 * (https://docs.stripe.com/reports/balance-transaction-types; reported with the description "Application fee refund").
 */
function feeReturnedBy(balance: Stripe.BalanceTransaction, fee: Stripe.ApplicationFee): Money[] {
  const { currency, net } = balance;
  return [...feesWithin(balance), ...(isFeeRefund(balance, fee) ? [{ currency, amount: net }] : [])];
}

function isFeeRefund({ source, description }: Stripe.BalanceTransaction, { refunds }: Stripe.ApplicationFee): boolean {
  const id = isExpanded(source) ? source.id : source;
  return refunds.data.some((refund) => refund.id === id) || FEE_REFUND.test(description ?? "");
}

/** The balance transaction of a transfer's arrival, once Stripe shows it. */
export function arrivalOf({ destination_payment: arrived }: Stripe.Transfer): Stripe.BalanceTransaction | null {
  return isExpanded(arrived) && isExpanded(arrived.balance_transaction) ? arrived.balance_transaction : null;
}

function reversedOf({ charge, transfers }: RefundsAndDisputes): Money[] {
  const own = expanded(charge?.transfer);
  return transfers.map(({ id, currency, amount_reversed: amount }) => {
    return { currency, amount: (id === own?.id ? releasedTransferOf(charge) : 0) - amount };
  });
}

/**
 * The part of a destination charge's transfer that exceeded the capture and was returned, in minor units of the
 * transfer's currency. Before API version 2025-03-31.basil the transfer can be of the whole authorisation. It is part
 * of the payment, not an adjustment.
 */
export function releasedTransferOf(charge: Stripe.Charge | null): number {
  const own = expanded(charge?.transfer);
  const isOfAll = own?.amount === charge?.amount && own?.currency === charge?.currency;
  if (!charge?.captured || !own || !isOfAll || typeof charge.transfer_data?.amount === "number") return 0;
  return Math.min(charge.amount - charge.amount_captured, own.amount_reversed);
}

export function oldestFirst<T extends { id: string; created: number }>(objects: readonly T[]): T[] {
  return objects.toSorted((a, b) => a.created - b.created || compareTexts(a.id, b.id));
}
