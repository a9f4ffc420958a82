import type Stripe from "stripe";
import { compareTexts } from "../domain/canonical-json.ts";
import { type Money, sumByCurrency, sumMoney } from "../domain/money.ts";
import { type Dispute, isRefunded, type Refund, type StripeSnapshot } from "../domain/stripe-snapshot.ts";
import { expanded, isExpanded } from "./expansion.ts";

/** What happened to a payment after it was made: refunds, disputes, and what they took from whom. */

/** Balance transactions of a payment that its objects do not lead to: they were asked for by what they refer to. */
export interface FoundBalances {
  /** On the account that it was charged on. */
  home: readonly Stripe.BalanceTransaction[];
  /** On the franchisee's account, which is the same one for a direct charge. */
  theirs: readonly Stripe.BalanceTransaction[];
  /** What was taken back of its transfers, and is not among these; null where all of it is told by the transfers alone. */
  untoldReversals: readonly Money[] | null;
  /** What took back what was passed on and not captured (`releasedTransferOf`); not among `theirs`. */
  released: readonly Stripe.BalanceTransaction[];
  /** What Stripe took from the platform for a direct charge; null where nothing says so. */
  platformPaidFee: Money | null;
}

/** Everything that changes a franchisee's balance after the payment. */
export interface Aftermath {
  charge: Stripe.Charge | null;
  refunds: readonly Stripe.Refund[];
  disputes: readonly Stripe.Dispute[];
  transfers: readonly Stripe.Transfer[];
  fee: Stripe.ApplicationFee | null;
  /** Balance transactions that none of these objects leads to. */
  found: FoundBalances | null;
}

/** Refunds of captured money as the ledger keeps them, oldest first. */
export function refundsOf(aftermath: Aftermath): Refund[] {
  return oldestFirst(refundsOfCaptured(aftermath)).map(({ id, amount, status, reason, created }) => {
    return { id, amount, status, reason, createdAt: new Date(created * 1000) };
  });
}

/** What the customer got back of what was captured, in the charge's currency: read off the refunds, whatever the charge's sum says. */
export function amountRefundedOf(aftermath: Aftermath): number {
  return refundsOfCaptured(aftermath).reduce((sum, refund) => (isRefunded(refund) ? sum + refund.amount : sum), 0);
}

/** Without the Refund objects by which Stripe released what was authorised and not captured: that was never the customer's to get back. */
function refundsOfCaptured(aftermath: Aftermath): readonly Stripe.Refund[] {
  return aftermath.refunds.filter((refund) => !isRelease(refund, aftermath));
}

/**
 * Whether a refund is the release of what was not captured, as Stripe made one before API version 2025-03-31.basil: its balance
 * transaction says so. As long as it has none, it is the first refund, of exactly what was not captured; and of a charge of which nothing
 * was captured, each is one.
 */
function isRelease(refund: Stripe.Refund, { charge, refunds }: Pick<Aftermath, "charge" | "refunds">): boolean {
  if (!charge?.captured) return true;
  const balance = expanded(refund.balance_transaction);
  if (balance) return balance.reporting_category === PARTIAL_CAPTURE_REVERSAL;
  // A refund that waits for its money has none either; a release is over at once.
  const isFirst = oldestFirst(refunds)[0]?.id === refund.id && refund.status === "succeeded";
  return isFirst && refund.amount === charge.amount - charge.amount_captured;
}

/** https://docs.stripe.com/reports/reporting-categories */
export const PARTIAL_CAPTURE_REVERSAL = "partial_capture_reversal";

/** Disputes as the ledger keeps them, oldest first. */
export function disputesOf({ disputes }: Aftermath): Dispute[] {
  return oldestFirst(disputes).map(({ id, amount, currency, status, reason, created, evidence_details: evidence }) => {
    const isCountered = evidence.submission_count > 0;
    return { id, amount, currency, status, reason, isCountered, createdAt: new Date(created * 1000) };
  });
}

type Adjustments = Pick<StripeSnapshot, "netAdjustment" | "otherAdjustments">;

/**
 * What all of it has changed on the franchisee's balance. A direct charge is theirs: they bear refunds, disputes and their fees, as Stripe's
 * balance transactions state them. Of any other charge the platform bears them, and takes transfers back. In both, the
 * application fee that it gives back is theirs. `captured` are the balance transactions of the payment itself.
 */
export function adjustmentsOf(
  aftermath: Aftermath,
  { mode, settled, received }: Pick<StripeSnapshot, "mode" | "settled" | "received">,
  captured: readonly Stripe.BalanceTransaction[],
): Adjustments {
  const leg = mode === "direct" ? settled : received;
  if (!leg) return { netAdjustment: null, otherAdjustments: [] };
  const booked = mode === "direct" ? bookedSince(aftermath, captured) : (aftermath.found?.theirs ?? []);
  const reversed = mode === "direct" ? [] : (aftermath.found?.untoldReversals ?? reversedOf(aftermath));
  const moves = [
    ...booked.map(({ currency, net }) => ({ currency, amount: net })),
    ...reversed,
    ...unbookedFeeRefund(aftermath, { booked, captured, arrivedIn: leg.currency }),
  ];
  const isTheirs = ({ currency }: Money): boolean => currency === leg.currency;
  return {
    netAdjustment: sumMoney(leg.currency, moves.filter(isTheirs)),
    otherAdjustments: sumByCurrency(moves.filter((money) => !isTheirs(money))),
  };
}

/** Refunds, disputes, and whatever else was found on the account. A refund that fails, and a dispute that is won, are booked back. */
function bookedSince(
  { refunds, disputes, found }: Aftermath,
  captured: readonly Stripe.BalanceTransaction[],
): Stripe.BalanceTransaction[] {
  const balances = [
    ...refunds.flatMap((refund) => [refund.balance_transaction, refund.failure_balance_transaction ?? null]),
    ...disputes.flatMap((dispute) => dispute.balance_transactions),
  ].flatMap((balance) => expanded(balance) ?? []);
  const byId = new Map([...balances, ...(found?.theirs ?? [])].map((balance) => [balance.id, balance]));
  for (const { id } of captured) byId.delete(id);
  return [...byId.values()];
}

/**
 * What was given back of the application fee, and is in none of these balance transactions. The fee is in the charge's currency. Where the
 * payment arrived in another, what its own balance transactions gave back is converted at the rate at which the fee was taken, and what they
 * do not explain stays in the fee's currency.
 */
function unbookedFeeRefund(
  { fee, transfers }: Aftermath,
  {
    booked,
    captured,
    arrivedIn,
  }: {
    booked: readonly Stripe.BalanceTransaction[];
    captured: readonly Stripe.BalanceTransaction[];
    arrivedIn: string;
  },
): Money[] {
  if (!fee || fee.amount_refunded === 0) return [];
  const { currency, amount_refunded: refunded } = fee;
  const found = feeRefundedWithin(fee, booked) - sumOfFees(captured, (amount) => amount < 0);
  if (currency === arrivedIn) return [{ currency, amount: refunded - found }];
  const arrivals = transfers.flatMap(({ destination_payment: arrived }) =>
    isExpanded(arrived) && isExpanded(arrived.balance_transaction) ? [arrived.balance_transaction] : [],
  );
  const taken = sumOfFees(arrivals.length > 0 ? arrivals : captured, (amount) => amount > 0);
  const explained = taken > 0 ? Math.round((found * fee.amount) / taken) : found === 0 ? 0 : refunded;
  const rest = refunded - explained;
  // Each conversion is rounded to a minor unit.
  return Math.abs(rest) <= Math.max(fee.refunds.data.length, 1) ? [] : [{ currency, amount: rest }];
}

/** Application fees among the fees of these, of those amounts. */
function sumOfFees(balances: readonly Stripe.BalanceTransaction[], isMeant: (amount: number) => boolean): number {
  const fees = balances.flatMap(({ fee_details }) => fee_details);
  return fees.reduce(
    (sum, { type, amount }) => (type === "application_fee" && isMeant(amount) ? sum + amount : sum),
    0,
  );
}

/**
 * What of an application fee is given back by these: Stripe states it as a fee less than nothing of a refund, or as an adjustment of its own
 * (https://docs.stripe.com/reports/balance-transaction-types; reported with the description "Application fee refund").
 */
function feeRefundedWithin(fee: Stripe.ApplicationFee, balances: readonly Stripe.BalanceTransaction[]): number {
  const own = balances.filter((balance) => isFeeRefund(balance, fee));
  return own.reduce((sum, { net }) => sum + net, 0) - sumOfFees(balances, () => true);
}

/** How the balance transaction of a refunded application fee is described on the account that gets it back. */
export const FEE_REFUND = /application fee refund/i;

function isFeeRefund({ source, description }: Stripe.BalanceTransaction, { refunds }: Stripe.ApplicationFee): boolean {
  const id = isExpanded(source) ? source.id : source;
  return refunds.data.some((refund) => refund.id === id) || FEE_REFUND.test(description ?? "");
}

function reversedOf({ charge, transfers }: Aftermath): Money[] {
  const own = expanded(charge?.transfer);
  return transfers.map(({ id, currency, amount_reversed: amount }) => {
    return { currency, amount: (id === own?.id ? releasedTransferOf(charge) : 0) - amount };
  });
}

/**
 * How much a destination charge's transfer passed on beyond what was captured, and returned: before API version 2025-03-31.basil the
 * transfer can be of the whole authorisation. That is part of the payment, not a change of it. In minor units of the transfer's currency.
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
