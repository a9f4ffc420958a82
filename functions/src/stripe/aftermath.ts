import type Stripe from "stripe";
import { compareTexts } from "../domain/canonical.ts";
import type { Dispute, Refund, StripeFacts } from "../domain/stripe-facts.ts";

/** What happened to a payment after it was made: refunds, disputes, and what they took from whom. */

/** Everything that changes a franchisee's balance after the payment. */
export interface Aftermath {
  refunds: readonly Stripe.Refund[];
  disputes: readonly Stripe.Dispute[];
  transfers: readonly Stripe.Transfer[];
  fee: Stripe.ApplicationFee | null;
}

/** Refunds as the ledger keeps them, oldest first. */
export function refundsOf({ refunds }: Aftermath): Refund[] {
  return oldestFirst(refunds).map(({ id, amount, status, reason, created }) => {
    return { id, amount, status, reason, createdAt: new Date(created * 1000) };
  });
}

/** Disputes as the ledger keeps them, oldest first. */
export function disputesOf({ disputes }: Aftermath): Dispute[] {
  return oldestFirst(disputes).map(({ id, amount, currency, status, reason, created }) => {
    return { id, amount, currency, status, reason, createdAt: new Date(created * 1000) };
  });
}

/**
 * What all of it has changed on the franchisee's balance. A direct charge is theirs: they bear refunds and disputes, as Stripe's
 * balance transactions state them. Of any other charge the platform bears them, and takes transfers back. In both, the
 * application fee that it gives back is theirs. Null where these are in more currencies than one.
 */
export function netAdjustmentOf(
  aftermath: Aftermath,
  { mode, settled, received }: Pick<StripeFacts, "mode" | "settled" | "received">,
): StripeFacts["netAdjustment"] {
  const leg = mode === "direct" ? settled : received;
  if (!leg) return null;
  const { fee } = aftermath;
  const booked = mode === "direct" ? balancesOf(aftermath) : [];
  const moves = [
    ...booked.map(({ currency, net: amount }) => ({ currency, amount })),
    ...(mode === "direct" ? [] : reversedOf(aftermath)),
    ...(fee ? [{ currency: fee.currency, amount: fee.amount_refunded - feeWithin(booked) }] : []),
  ].filter(({ amount }) => amount !== 0);
  if (moves.some(({ currency }) => currency !== leg.currency)) return null;
  return { currency: leg.currency, amount: moves.reduce((sum, { amount }) => sum + amount, 0) };
}

interface Move {
  currency: string;
  amount: number;
}

/** A refund that fails, and a dispute that is won, are booked back. */
function balancesOf({ refunds, disputes }: Aftermath): Stripe.BalanceTransaction[] {
  const balances = [
    ...refunds.flatMap((refund) => [refund.balance_transaction, refund.failure_balance_transaction ?? null]),
    ...disputes.flatMap((dispute) => dispute.balance_transactions),
  ];
  return balances.flatMap((balance) => {
    if (typeof balance === "string") throw new Error(`Stripe was not asked to expand ${balance}.`);
    return balance ?? [];
  });
}

/** What of the application fee was given back as a part of these: Stripe states it as a fee less than nothing. */
function feeWithin(balances: readonly Stripe.BalanceTransaction[]): number {
  const fees = balances.flatMap(({ fee_details }) => fee_details);
  return -fees.reduce((sum, { type, amount }) => (type === "application_fee" ? sum + amount : sum), 0);
}

function reversedOf({ transfers }: Aftermath): Move[] {
  return transfers.map(({ currency, amount_reversed: amount }) => ({ currency, amount: -amount }));
}

function oldestFirst<T extends { id: string; created: number }>(objects: readonly T[]): T[] {
  return objects.toSorted((a, b) => a.created - b.created || compareTexts(a.id, b.id));
}
