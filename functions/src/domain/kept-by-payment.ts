import { PAYMENTS, type StoredBalanceTransaction } from "./balance-transaction.ts";
import { type Money, sumByCurrency } from "./money.ts";

/** By payment: what its movements on the payments balance add up to. */
export type KeptByPayment = Map<string, Money[]>;

/** Adds up what these movements leave of their payments, in addition to `known`. */
export function addMovements(known: KeptByPayment, movements: readonly StoredBalanceTransaction[]): void {
  for (const { balanceType, stripePaymentId, currency, net } of movements) {
    if (balanceType !== PAYMENTS || stripePaymentId === null) continue;
    known.set(stripePaymentId, sumByCurrency([...(known.get(stripePaymentId) ?? []), { currency, amount: net }]));
  }
}
