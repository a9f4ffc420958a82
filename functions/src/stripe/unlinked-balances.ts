import type Stripe from "stripe";
import { FEE_REFUND } from "../domain/kept.ts";
import { type Money, sumByCurrency } from "../domain/money.ts";
import { arrivalOf, oldestFirst, releasedTransferOf, type UnlinkedBalances } from "./refunds-and-disputes.ts";
import { type Connection, isDisconnected, isRejected, onAccount } from "./client.ts";
import { counteredFees } from "./countered-fees.ts";
import { expanded, idOf, isExpanded, uniqueById } from "./expansion.ts";
import { listAll, listBalanceTransactions } from "./lists.ts";
import { refundsIn, type StripePayment, transfersOf } from "./payments.ts";
import { capturedBalances, feeOnApplicationFee, settledOf } from "./settlement.ts";

/**
 * Balance transactions that a payment's objects do not lead to, requested by their source. Most payments need none, so
 * that a page of charges suffices.
 */

/** What a payment's objects do not show. */
interface Gaps {
  /** Not all balance transactions of captures are known. */
  captures: boolean;
  /** Refunds of an application fee that are booked in another currency. */
  feeRefunds: readonly Stripe.FeeRefund[];
  /** Transfers reversed in another currency than they arrived in. */
  reversals: Stripe.Transfer[];
  /** Nothing states Stripe's fee. */
  stripeFee: boolean;
}

/** Whether a payment's figures need further requests. `account` is where it was charged (null: the platform). */
export function hasGaps(payment: StripePayment, account: string | null): boolean {
  const { captures, feeRefunds, reversals, stripeFee } = gapsOf(payment, account);
  return captures || feeRefunds.length > 0 || reversals.length > 0 || stripeFee || payment.disputes.length > 0;
}

function gapsOf(payment: StripePayment, account: string | null): Gaps {
  const { intent, charge } = payment;
  const none = { captures: false, feeRefunds: [], reversals: [], stripeFee: false };
  const own = charge?.balance_transaction;
  if (!charge || !isExpanded(own) || intent.status !== "succeeded") return none;
  const transfers = account === null ? transfersOf(payment) : [];
  const [arrival] = transfers.flatMap((transfer) => arrivalOf(transfer) ?? []);
  const arrivedIn = account === null ? arrival?.currency : own.currency;
  const fee = isExpanded(charge.application_fee) ? charge.application_fee : null;
  const isConverted = fee !== null && fee.amount_refunded > 0 && fee.currency !== arrivedIn;
  return {
    captures: hasOpenCaptures(payment, charge, own),
    feeRefunds: isConverted && arrivedIn !== undefined ? fee.refunds.data : [],
    reversals: transfers.filter((transfer) => {
      const arrived = arrivalOf(transfer)?.currency;
      return transfer.amount_reversed > 0 && arrived !== undefined && arrived !== transfer.currency;
    }),
    stripeFee:
      account !== null &&
      !own.fee_details.some(({ type }) => type === "stripe_fee") &&
      feeOnApplicationFee(fee) === null,
  };
}

/** The booked amount must equal the captured one; in another currency than the customer's, they are not comparable. */
function hasOpenCaptures(payment: StripePayment, charge: Stripe.Charge, own: Stripe.BalanceTransaction): boolean {
  if (own.currency !== charge.currency) {
    const isWhole = charge.amount_captured === charge.amount;
    const isInParts = charge.payment_method_details?.card?.multicapture?.status === "available";
    return payment.intent.capture_method === "manual" || isInParts || !isWhole;
  }
  return settledOf(charge, capturedBalances(charge, refundsIn(payment), null)) === null;
}

/** Requests what is missing; null if nothing is. Throws StripeRequestError. */
export async function fetchUnlinkedBalances(
  connection: Connection,
  payment: StripePayment,
  account: string | null,
): Promise<UnlinkedBalances | null> {
  const { charge } = payment;
  if (!charge || !hasGaps(payment, account)) return null;
  const gaps = gapsOf(payment, account);
  if (account === null) {
    const charging = gaps.captures ? await balancesOf(connection, null, [charge.id]) : [];
    const others = await franchiseeBalances(connection, charge, transfersOf(payment), gaps);
    return { charging, ...others, platformPaidFee: null };
  }
  const { disputes } = payment;
  const isDisputed = disputes.length > 0;
  const sources = [...(gaps.captures || isDisputed ? [charge.id] : []), ...disputes.map(({ id }) => id)];
  const found = await balancesOf(connection, account, sources);
  const billed = isDisputed ? await counteredFees(connection, account, disputes) : [];
  const feeRefunds = await feeRefundBalances(connection, account, gaps.feeRefunds, { charge, arrived: charge });
  const all = uniqueById([...found, ...billed, ...feeRefunds]);
  const platformPaidFee = gaps.stripeFee ? feeOn(await balancesOf(connection, null, [charge.id])) : null;
  return { charging: all, franchisee: all, unlistedReversals: null, released: [], platformPaidFee };
}

/**
 * The balance transactions of a payment charged on the platform that are booked on the franchisee's account: reversals
 * and refunded application fees.
 */
async function franchiseeBalances(
  connection: Connection,
  charge: Stripe.Charge,
  transfers: readonly Stripe.Transfer[],
  { feeRefunds, reversals }: Gaps,
): Promise<Pick<UnlinkedBalances, "franchisee" | "unlistedReversals" | "released">> {
  if (feeRefunds.length === 0 && reversals.length === 0) {
    return { franchisee: [], unlistedReversals: null, released: [] };
  }
  const found: Stripe.BalanceTransaction[] = [];
  const unlisted: Money[] = [];
  const released: Stripe.BalanceTransaction[] = [];
  for (const transfer of transfers) {
    const { destination, destination_payment: arrived, currency, amount_reversed: reversed } = transfer;
    let listed = 0;
    const toRelease = idOf(charge.transfer ?? "") === transfer.id ? releasedTransferOf(charge) : 0;
    if (destination !== null && isExpanded(arrived)) {
      const account = idOf(destination);
      try {
        const refunds = reversals.length > 0 ? await reversalsOf(connection, account, arrived.id) : [];
        const release = oldestFirst(refunds).find(({ amount }) => amount === toRelease);
        for (const refund of refunds) {
          const balance = expanded(refund.balance_transaction);
          if (!balance) continue;
          (refund.id === release?.id ? released : found).push(balance);
          listed += refund.amount;
        }
        found.push(...(await feeRefundBalances(connection, account, feeRefunds, { charge, arrived })));
      } catch (error) {
        // An account that has withdrawn its authorisation shows nothing more.
        if (!isDisconnected(error)) throw error;
      }
    }
    if (reversed > listed) unlisted.push({ currency, amount: listed - reversed });
  }
  return { franchisee: uniqueById(found), unlistedReversals: reversals.length > 0 ? unlisted : null, released };
}

/** The reversal of a transfer is a refund of its arrival. */
function reversalsOf(connection: Connection, account: string, arrived: string): Promise<Stripe.Refund[]> {
  const params = { charge: arrived, expand: ["data.balance_transaction"] };
  return listAll(connection, (stripe, page) => stripe.refunds.list({ ...params, ...page }, onAccount(account)));
}

/** The value of a minor unit of the application fee in the currency that the payment arrived in; null if unknown. */
function feeRateOf(charge: Stripe.Charge, arrived: Stripe.Charge): number | null {
  const fee = isExpanded(charge.application_fee) ? charge.application_fee.amount : 0;
  const taken = expanded(arrived.balance_transaction)?.fee_details.find(
    ({ type }) => type === "application_fee",
  )?.amount;
  return taken === undefined || fee === 0 ? null : taken / fee;
}

/** Balance transactions of an account (null: the platform) with these sources. */
async function balancesOf(
  connection: Connection,
  account: string | null,
  sources: readonly string[],
): Promise<Stripe.BalanceTransaction[]> {
  const found: Stripe.BalanceTransaction[] = [];
  for (const source of sources) {
    try {
      found.push(...(await listBalanceTransactions(connection, account, { source })));
    } catch (error) {
      // Stripe may reject another account's object as a source: then nothing refers to it here.
      if (!isRejected(error) || isDisconnected(error)) throw error;
    }
  }
  return found;
}

/**
 * The balance transactions of refunded application fees, found by the ids of the refunds, and by a description that
 * names the charge, because Stripe does not document their source. One that names no charge is identified by its time
 * and amount, one per refund: others with the same time and amount are worth as much. `arrived` is the charge that the
 * fee was taken from: the arrival of a transfer, or `charge` itself.
 */
async function feeRefundBalances(
  connection: Connection,
  account: string,
  refunds: readonly Stripe.FeeRefund[],
  { charge, arrived }: { charge: Stripe.Charge; arrived: Stripe.Charge },
): Promise<Stripe.BalanceTransaction[]> {
  const rate = feeRateOf(charge, arrived);
  if (refunds.length === 0) return [];
  // A fee includes its ten newest refunds.
  const isCut = isExpanded(charge.application_fee) && charge.application_fee.refunds.has_more;
  const times = [...refunds.map((refund) => refund.created), ...(isCut ? [charge.created] : [])];
  const created = { gte: Math.min(...times) - BOOKED_WITHIN, lte: Math.max(...times) + BOOKED_WITHIN };
  const adjustments = await listBalanceTransactions(connection, account, { type: "adjustment", created });
  const described = adjustments.filter(({ description }) => FEE_REFUND.test(description ?? ""));
  const found = await balancesOf(
    connection,
    account,
    refunds.map(({ id }) => id),
  );
  const named = described.filter(({ description }) => [arrived, charge].some(({ id }) => description?.includes(id)));
  const known = new Set([...found, ...named].map(({ id }) => id));
  if (known.size > 0 || rate === null) return [...found, ...named];
  const unnamed = oldestFirst(described.filter(({ description }) => !/\b(ch|py)_/.test(description ?? "")));
  return refunds.flatMap((refund) => {
    const meant = unnamed.find(
      ({ id, amount, created: bookedAt }) =>
        !known.has(id) &&
        Math.abs(bookedAt - refund.created) <= SAME_MOMENT &&
        Math.abs(amount - refund.amount * rate) <= 1,
    );
    if (!meant) return [];
    known.add(meant.id);
    return [meant];
  });
}

/** In seconds. */
const BOOKED_WITHIN = 3_600;
const SAME_MOMENT = 60;

/** What Stripe took from the platform; null if nothing states it, or in several currencies. */
function feeOn(balances: readonly Stripe.BalanceTransaction[]): Money | null {
  // A fee for a dispute can refer to the charge as well.
  const taken = balances.filter(
    ({ type, description }) => type === "stripe_fee" && !/dispute/i.test(description ?? ""),
  );
  const [fee, other] = sumByCurrency(taken.map(({ currency, net }) => ({ currency, amount: -net })));
  return fee && !other ? fee : null;
}
