import type Stripe from "stripe";
import { type Money, sumByCurrency } from "../domain/money.ts";
import { FEE_REFUND, type FoundBalances, oldestFirst, releasedTransferOf } from "./refunds-and-disputes.ts";
import { type Connection, isDisconnected, isRefusal, onAccount } from "./client.ts";
import { counteredFees } from "./countered-fees.ts";
import { balancesWhere } from "./balance-lists.ts";
import { expanded, idOf, isExpanded, uniqueById } from "./expansion.ts";
import { listAll } from "./pages.ts";
import { refundsIn, type StripePayment, transfersOf } from "./payments.ts";
import { capturedBalances, feeOnApplicationFee, settledOf } from "./settlement.ts";

/**
 * Balance transactions that a payment's objects do not lead to, and that Stripe is asked for by what they refer to. Most payments need none
 * of them, so that a page of charges tells all of their money.
 */

/** What of a payment's money its objects leave open. */
interface Gaps {
  /** What was captured is booked in more balance transactions than are known. */
  captures: boolean;
  /** What was given back of the application fee, where it arrives in another currency than its own. */
  feeRefunds: readonly Stripe.FeeRefund[];
  /** Transfers that were taken back in another currency than they arrived in. */
  reversals: Stripe.Transfer[];
  /** Nothing states what Stripe took. */
  stripeFee: boolean;
}

/** Whether more has to be asked to tell all of a payment's money. `account` is the one that it was charged on; null is the platform. */
export function hasGaps(payment: StripePayment, account: string | null): boolean {
  return isAnyOpen(gapsOf(payment, account)) || payment.disputes.length > 0;
}

function isAnyOpen({ captures, feeRefunds, reversals, stripeFee }: Gaps): boolean {
  return captures || feeRefunds.length > 0 || reversals.length > 0 || stripeFee;
}

function gapsOf(payment: StripePayment, account: string | null): Gaps {
  const { intent, charge } = payment;
  const none = { captures: false, feeRefunds: [], reversals: [], stripeFee: false };
  const own = charge?.balance_transaction;
  if (!charge || !isExpanded(own) || intent.status !== "succeeded") return none;
  const transfers = account === null ? transfersOf(payment) : [];
  const arrivedIn = account === null ? transfers.flatMap(arrivalCurrency)[0] : own.currency;
  const fee = isExpanded(charge.application_fee) ? charge.application_fee : null;
  const isConverted = fee !== null && fee.amount_refunded > 0 && fee.currency !== arrivedIn;
  return {
    captures: hasOpenCaptures(payment, charge, own),
    feeRefunds: isConverted && arrivedIn !== undefined ? fee.refunds.data : [],
    reversals: transfers.filter((transfer) => {
      const [arrived] = arrivalCurrency(transfer);
      return transfer.amount_reversed > 0 && arrived !== undefined && arrived !== transfer.currency;
    }),
    stripeFee:
      account !== null &&
      !own.fee_details.some(({ type }) => type === "stripe_fee") &&
      feeOnApplicationFee(fee) === null,
  };
}

/** In the currency that the customer paid in, what is booked has to be what was captured; in any other, nothing tells. */
function hasOpenCaptures(payment: StripePayment, charge: Stripe.Charge, own: Stripe.BalanceTransaction): boolean {
  if (own.currency !== charge.currency) {
    const isWhole = charge.amount_captured === charge.amount;
    const isInParts = charge.payment_method_details?.card?.multicapture?.status === "available";
    return payment.intent.capture_method === "manual" || isInParts || !isWhole;
  }
  return settledOf(charge, capturedBalances(charge, refundsIn(payment), null)) === null;
}

function arrivalCurrency({ destination_payment: arrived }: Stripe.Transfer): string[] {
  return isExpanded(arrived) && isExpanded(arrived.balance_transaction) ? [arrived.balance_transaction.currency] : [];
}

/** Asks for what is left open; null where nothing is. Throws StripeRequestError. */
export async function findBalances(
  connection: Connection,
  payment: StripePayment,
  account: string | null,
): Promise<FoundBalances | null> {
  const { charge } = payment;
  const gaps = gapsOf(payment, account);
  const isDisputed = payment.disputes.length > 0;
  if (!charge || !(isAnyOpen(gaps) || isDisputed)) return null;
  const of = (place: string | null, sources: readonly string[]) => balancesOf(connection, place, sources);
  const givenBack = (place: string, arrived: string, balance: Stripe.BalanceTransaction | null) =>
    feeRefundBalances(connection, place, gaps.feeRefunds, {
      taken: [arrived, charge.id],
      rate: feeRateOf(charge, balance),
    });
  if (account === null) {
    const home = gaps.captures ? await of(null, [charge.id]) : [];
    const theirs = await theirBalances(connection, payment, gaps, givenBack);
    return { home, ...theirs, platformPaidFee: null };
  }
  const sources = [...(gaps.captures || isDisputed ? [charge.id] : []), ...payment.disputes.map(({ id }) => id)];
  const home = await of(account, sources);
  const billed = isDisputed ? await counteredFees(connection, account, payment.disputes) : [];
  const feeRefunds = await givenBack(account, charge.id, expanded(charge.balance_transaction));
  const all = uniqueById([...home, ...billed, ...feeRefunds]);
  const platformPaidFee = gaps.stripeFee ? feeOn(await of(null, [charge.id])) : null;
  return { home: all, theirs: all, untoldReversals: null, released: [], platformPaidFee };
}

type GivenBack = (
  account: string,
  taken: string,
  balance: Stripe.BalanceTransaction | null,
) => Promise<Stripe.BalanceTransaction[]>;

/** On the franchisee's account, of a payment that was charged on the platform: what was taken back, and fees that were given back. */
async function theirBalances(
  connection: Connection,
  payment: StripePayment,
  { feeRefunds, reversals }: Gaps,
  givenBack: GivenBack,
): Promise<Pick<FoundBalances, "theirs" | "untoldReversals" | "released">> {
  if (feeRefunds.length === 0 && reversals.length === 0) return { theirs: [], untoldReversals: null, released: [] };
  const found: Stripe.BalanceTransaction[] = [];
  const untold: Money[] = [];
  const released: Stripe.BalanceTransaction[] = [];
  for (const transfer of transfersOf(payment)) {
    const { destination, destination_payment: arrived, currency, amount_reversed: reversed } = transfer;
    let told = 0;
    const toRelease = idOf(payment.charge?.transfer ?? "") === transfer.id ? releasedTransferOf(payment.charge) : 0;
    if (destination !== null && isExpanded(arrived)) {
      const account = idOf(destination);
      try {
        const refunds = reversals.length > 0 ? await takenBack(connection, account, arrived.id) : [];
        const release = oldestFirst(refunds).find(({ amount }) => amount === toRelease);
        for (const refund of refunds) {
          const balance = expanded(refund.balance_transaction);
          if (!balance) continue;
          (refund.id === release?.id ? released : found).push(balance);
          told += refund.amount;
        }
        found.push(...(await givenBack(account, arrived.id, expanded(arrived.balance_transaction))));
      } catch (error) {
        // An account that has withdrawn its authorisation since shows nothing more.
        if (!isDisconnected(error)) throw error;
      }
    }
    if (reversed > told) untold.push({ currency, amount: told - reversed });
  }
  return { theirs: uniqueById(found), untoldReversals: reversals.length > 0 ? untold : null, released };
}

/** What was taken back of a transfer is a refund of its arrival. */
function takenBack({ request }: Connection, account: string, arrived: string): Promise<Stripe.Refund[]> {
  const params = { charge: arrived, limit: PAGE_SIZE, expand: ["data.balance_transaction"] };
  return listAll((page) => request((stripe) => stripe.refunds.list({ ...params, ...page }, onAccount(account))));
}

/** What a minor unit of the application fee was in the currency that the payment arrived in; null where nothing says. */
function feeRateOf(charge: Stripe.Charge, balance: Stripe.BalanceTransaction | null): number | null {
  const fee = isExpanded(charge.application_fee) ? charge.application_fee.amount : 0;
  const taken = balance?.fee_details.find(({ type }) => type === "application_fee")?.amount;
  return taken === undefined || fee === 0 ? null : taken / fee;
}

const PAGE_SIZE = 100;

/** Balance transactions of an account (null: the platform) that refer to these objects. */
async function balancesOf(
  connection: Connection,
  account: string | null,
  sources: readonly string[],
): Promise<Stripe.BalanceTransaction[]> {
  const found: Stripe.BalanceTransaction[] = [];
  for (const source of sources) {
    try {
      found.push(...(await balancesWhere(connection, account, { source })));
    } catch (error) {
      // An object of another account may be none that Stripe takes for a source: then nothing refers to it here.
      if (!isRefusal(error) || isDisconnected(error)) throw error;
    }
  }
  return found;
}

/**
 * Application fees that were given back: by the ids of their refunds, and by the description, which names the charge, since Stripe does not
 * document what these balance transactions refer to. One that names no charge is known by its moment and its amount, one for each refund: what
 * others of the same moment and amount gave back is as much. `taken` are the charges that such
 * a description may name: the one that the fee was taken from, and the platform's; `rate` is what the fee came to.
 */
async function feeRefundBalances(
  connection: Connection,
  account: string,
  refunds: readonly Stripe.FeeRefund[],
  { taken, rate }: { taken: readonly string[]; rate: number | null },
): Promise<Stripe.BalanceTransaction[]> {
  if (refunds.length === 0) return [];
  const times = refunds.map(({ created }) => created);
  const created = { gte: Math.min(...times) - BOOKED_WITHIN, lte: Math.max(...times) + BOOKED_WITHIN };
  const adjustments = await balancesWhere(connection, account, { type: "adjustment", created });
  const described = adjustments.filter(({ description }) => FEE_REFUND.test(description ?? ""));
  const found = await balancesOf(
    connection,
    account,
    refunds.map(({ id }) => id),
  );
  const named = described.filter(({ description }) => taken.some((id) => description?.includes(id)));
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

/** What Stripe took from the platform; null where nothing says so, or it says so in more currencies than one. */
function feeOn(balances: readonly Stripe.BalanceTransaction[]): Money | null {
  // A fee for a dispute can refer to the charge as well.
  const taken = balances.filter(
    ({ type, description }) => type === "stripe_fee" && !/dispute/i.test(description ?? ""),
  );
  const [fee, other] = sumByCurrency(taken.map(({ currency, net }) => ({ currency, amount: -net })));
  return fee && !other ? fee : null;
}
