import { COUNTERED_DISPUTE, FEE_REFUND } from "../../domain/kept.ts";
import type { BalanceTransaction } from "../../domain/balance-transaction.ts";
import { canonicalJson } from "../../domain/canonical-json.ts";
import type { KeptByPayment } from "../../domain/kept-by-payment.ts";
import { type Money, sumByCurrency } from "../../domain/money.ts";
import { agreesWithBalance } from "../../domain/reconciliation.ts";
import { keptOf, type StripeSnapshot } from "../../domain/stripe-snapshot.ts";
import type { Target } from "../../store/apply.ts";
import type { PaymentOnBalance } from "../../store/balances.ts";
import type { SyncStore } from "../../store/sync-store.ts";
import type { Unsettled } from "../../store/transactions.ts";

/** Compares what payments' objects state with their movements on the franchisee's balance. */

export interface ComparisonContext {
  account: string;
  store: SyncStore;
  /** Fetches payments from Stripe, and applies them. */
  refresh: (payments: readonly Unsettled[]) => Promise<void>;
  apply: (targets: readonly Target[]) => Promise<void>;
}

/**
 * Fetches the payments that are unknown or disagree, and applies what remains. `asOf` is when the movements were
 * listed, and `known`, if given, what they add up to. Returns the ids of those that disagree. Throws as `syncScope`
 * does.
 */
export async function comparePayments(
  stripePaymentIds: readonly string[],
  asOf: Date,
  known: KeptByPayment | null,
  { account, store, refresh, apply }: ComparisonContext,
): Promise<string[]> {
  const before = await store.paymentsOnBalance(account, stripePaymentIds, known);
  const disagreed = new Map(before.flatMap((one) => (agrees(one) ? [] : [[one.stripePaymentId, one] as const])));
  const changed = before.filter((one) => agrees(one) && one.transaction?.onBalance);
  const disagreeing: string[] = [];
  if (disagreed.size > 0) {
    await refresh(
      [...disagreed].map(([stripePaymentId, { transaction }]) => {
        return { stripePaymentId, mode: transaction?.stripe?.mode ?? null };
      }),
    );
    for (const fetched of await store.paymentsOnBalance(account, [...disagreed.keys()])) {
      const now = await assign(fetched, account, store);
      if (now.transaction?.stripe && !agrees(now)) disagreeing.push(now.stripePaymentId);
      const isCertain = isUnchanged(disagreed.get(now.stripePaymentId), now, asOf) && !agrees(now);
      if (isCertain || now.transaction?.onBalance) changed.push(now);
    }
  }
  const targets = changed.map(({ stripePaymentId, kept }): Target => {
    return { franchiseeId: account, observation: { kind: "balance", stripePaymentId, onBalance: { kept, asOf } } };
  });
  await apply(targets);
  return disagreeing;
}

/**
 * Whether a payment's movements add up to what its objects state. A record whose payment Stripe has not shown has no
 * movement; a payment with movements must be known from Stripe.
 */
function agrees({ transaction, kept, hasMovements }: PaymentOnBalance): boolean {
  return transaction?.stripe ? agreesWithBalance(transaction.stripe, { kept }) : !hasMovements;
}

/**
 * Whether a disagreement cannot be a change between the two readings: the payment was read before the movements, and
 * has not changed since.
 */
function isUnchanged(before: PaymentOnBalance | undefined, after: PaymentOnBalance, asOf: Date): boolean {
  const [known, now] = [before?.transaction?.stripe, after.transaction?.stripe];
  if (!known || !now || known.asOf > asOf) return false;
  return canonicalJson(keptOf(known) ?? []) === canonicalJson(keptOf(now) ?? []);
}

/** Stripe's types of movements that can lack a reference to their payment. */
const UNNAMED = ["adjustment", "stripe_fee"];

/**
 * Some movements name no payment: refunded application fees, and fees for countering a dispute. They are assigned to a
 * payment that lacks exactly their sum.
 */
async function assign(payment: PaymentOnBalance, account: string, store: SyncStore): Promise<PaymentOnBalance> {
  const snapshot = payment.transaction?.stripe;
  const [missing, ...others] = snapshot ? missingOf(snapshot, payment) : [];
  if (!snapshot || !missing || others.length > 0) return payment;
  const descriptions = [
    ...(snapshot.applicationFeeRefunded > 0 ? [FEE_REFUND] : []),
    ...(snapshot.disputes.some(({ isCountered }) => isCountered) ? [COUNTERED_DISPUTE] : []),
  ];
  if (descriptions.length === 0) return payment;
  const all = await store.unassignedMovements(account, UNNAMED, snapshot.createdAt);
  const candidates = all.filter(({ currency, description }) => {
    return currency === missing.currency && descriptions.some((pattern) => pattern.test(description ?? ""));
  });
  const chosen = summingTo(candidates, missing.amount);
  if (!chosen) return payment;
  for (const { id } of chosen) await store.assignMovement(account, id, payment.stripePaymentId);
  return { ...payment, kept: sumByCurrency([...payment.kept, missing]) };
}

/** What the movements lack of what the payment's objects state, by currency. */
function missingOf(snapshot: StripeSnapshot, { kept }: PaymentOnBalance): Money[] {
  const stated = keptOf(snapshot) ?? kept;
  return sumByCurrency([...stated, ...kept.map(({ currency, amount }) => ({ currency, amount: -amount }))]);
}

/** Of more, the oldest are tried: there are as many sets as numbers of this many bits. */
const MAX_CANDIDATES = 12;

/** The fewest of these movements, oldest first, that add up to this net; null if none do. */
function summingTo(candidates: readonly BalanceTransaction[], net: number): readonly BalanceTransaction[] | null {
  const oldest = candidates.slice(0, MAX_CANDIDATES);
  let sets: { chosen: readonly BalanceTransaction[]; sum: number; next: number }[] = [{ chosen: [], sum: 0, next: 0 }];
  while (sets.length > 0) {
    sets = sets.flatMap(({ chosen, sum, next }) =>
      oldest.slice(next).map((one, index) => {
        return { chosen: [...chosen, one], sum: sum + one.net, next: next + index + 1 };
      }),
    );
    const found = sets.find(({ sum }) => sum === net);
    if (found) return found.chosen;
  }
  return null;
}
