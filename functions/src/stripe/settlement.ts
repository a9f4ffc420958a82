import type Stripe from "stripe";
import { type Money, sumByCurrency } from "../domain/money.ts";
import { type Fee, FEE_RECIPIENTS, type StripeSnapshot } from "../domain/stripe-snapshot.ts";
import {
  arrivalOf,
  PARTIAL_CAPTURE_REVERSAL,
  type RefundsAndDisputes,
  releasedTransferOf,
  type UnlinkedBalances,
} from "./refunds-and-disputes.ts";
import { expanded, isExpanded, uniqueById, UnreadablePaymentError } from "./expansion.ts";
import { REPORTING_CATEGORIES } from "./reporting-categories.ts";

/** What a payment brought to the account that charged it, and to the franchisee's. */

/**
 * The balance transactions of the captured amount: the charge's own; the reversal of the uncaptured part, which Stripe
 * booked before API version 2025-03-31.basil; and those of further captures. Empty before Stripe has the charge's.
 */
export function capturedBalances(
  charge: Stripe.Charge | null,
  refunds: readonly Stripe.Refund[],
  found: UnlinkedBalances | null,
): Stripe.BalanceTransaction[] {
  const own = expanded(charge?.balance_transaction);
  if (!charge || !own) return [];
  const others = [
    ...refunds.flatMap((refund) => expanded(refund.balance_transaction) ?? []),
    ...(found?.charging ?? []),
  ];
  const captured = others.filter(({ reporting_category: category, source }) => {
    const isOfCharge = (isExpanded(source) ? source.id : source) === charge.id;
    return REPORTING_CATEGORIES[category] === "capture" && (isOfCharge || category === PARTIAL_CAPTURE_REVERSAL);
  });
  return uniqueById([own, ...captured]);
}

/**
 * The sums of these balance transactions. Null without any, or if they do not add up to the captured amount, which can
 * be checked if the payment settled in the customer's currency. Throws UnreadablePaymentError.
 */
export function settledOf(
  charge: Stripe.Charge | null,
  captured: readonly Stripe.BalanceTransaction[],
): StripeSnapshot["settled"] {
  const [first] = captured;
  if (!charge || !first) return null;
  const { currency } = first;
  const fees = new Map<string, number>();
  let [amount, net] = [0, 0];
  for (const balance of captured) {
    if (balance.currency !== currency)
      throw new UnreadablePaymentError(`${charge.id} settled in more currencies than one.`);
    amount += balance.amount;
    net += balance.net;
    for (const fee of feesOf(balance)) fees.set(fee.type, (fees.get(fee.type) ?? 0) + fee.amount);
  }
  if (currency === charge.currency && amount !== charge.amount_captured) return null;
  return { currency, amount, net, fees: [...fees].map(([type, sum]) => ({ type, amount: sum })) };
}

/** Throws UnreadablePaymentError for an unknown type of fee, or if the fees do not add up to the stated sum. */
function feesOf(balance: Stripe.BalanceTransaction): Fee[] {
  const fees = balance.fee_details.map(({ type, amount }) => ({ type, amount }));
  const sum = fees.reduce((total, { amount }) => total + amount, 0);
  if (sum !== balance.fee) {
    throw new UnreadablePaymentError(`The fees of ${balance.id} add up to ${sum}, but Stripe states ${balance.fee}.`);
  }
  const unknown = fees.find(({ type }) => FEE_RECIPIENTS.get(type) === undefined);
  if (unknown) {
    throw new UnreadablePaymentError(`A fee of ${balance.id} is of the type ${unknown.type}, which is unknown.`);
  }
  return fees;
}

/** Stripe's fee that the platform pays for a direct charge, by the application fee's balance transaction. */
export function feeOnApplicationFee(fee: Stripe.ApplicationFee | null): Money | null {
  const earned = fee?.balance_transaction;
  if (!isExpanded(earned)) return null;
  const ofStripe = earned.fee_details.filter(({ type }) => FEE_RECIPIENTS.get(type) === "stripe");
  return sumByCurrency(ofStripe.map(({ amount }) => ({ currency: earned.currency, amount })))[0] ?? null;
}

/**
 * `releasedTransferOf` in the currency that the payment arrived in, if Stripe states it. Throws UnreadablePaymentError.
 */
function releasedIn(currency: string, charge: Stripe.Charge | null, found: UnlinkedBalances | null): number {
  if (found?.unlistedReversals) {
    const other = found.released.find((balance) => balance.currency !== currency);
    if (other)
      throw new UnreadablePaymentError(`${other.id} returns money in ${other.currency} that arrived in ${currency}.`);
    return -found.released.reduce((sum, { net }) => sum + net, 0);
  }
  return expanded(charge?.transfer)?.currency === currency ? releasedTransferOf(charge) : 0;
}

/**
 * What arrived at the franchisee, without what was released. Null until all of it has arrived; hidden if Stripe shows
 * only an id. Throws UnreadablePaymentError.
 */
export function receivedOf(
  { charge, transfers, found }: Pick<RefundsAndDisputes, "charge" | "transfers" | "found">,
  id: string,
): StripeSnapshot["received"] | "hidden" {
  const isHidden = ({ destination_payment: arrived }: Stripe.Transfer): boolean =>
    typeof arrived === "string" || typeof arrived?.balance_transaction === "string";
  if (transfers.some(isHidden)) return "hidden";
  const balances = transfers.flatMap((transfer) => arrivalOf(transfer) ?? []);
  const [first] = balances;
  if (!first || balances.length < transfers.length) return null;
  if (balances.some(({ currency }) => currency !== first.currency)) {
    throw new UnreadablePaymentError(`${id} reached the franchisee in more currencies than one.`);
  }
  const arrived = balances.reduce((sum, { net }) => sum + net, 0);
  return { currency: first.currency, net: arrived - releasedIn(first.currency, charge, found) };
}
