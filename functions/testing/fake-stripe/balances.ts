import type Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import type { AccountObjects } from "./object-store.ts";

/** Whether it changes the payments balance, which `available` and `pending` comprise (SDK, `Balance`). */
function isOfPayments({ balance_type: type }: Stripe.BalanceTransaction): boolean {
  return type === "payments";
}

export function netOf(balances: readonly Stripe.BalanceTransaction[]): number {
  return balances.reduce((sum, { net }) => sum + net, 0);
}

/** The payments balance of an account, in one currency if given. */
export function paymentsBalance(
  { balance_transaction: all }: AccountObjects,
  currency?: string,
): Stripe.BalanceTransaction[] {
  return all.newestFirst().filter((one) => isOfPayments(one) && (currency === undefined || one.currency === currency));
}

/** The response to GET /v1/balance (null: the platform's). */
export function balanceOf(books: FakeBooks, account: string | null): Stripe.Balance {
  books.releaseFunds();
  const all = paymentsBalance(account === null ? books.platform : books.connect(account));
  const currencies = [...new Set(["cad", ...all.map(({ currency }) => currency)])].toSorted();
  const amounts = (balances: readonly Stripe.BalanceTransaction[], sign = 1) =>
    currencies.map((currency) => {
      const amount = sign * netOf(balances.filter((one) => one.currency === currency)) || 0;
      return { amount, currency, source_types: { card: amount } };
    });
  const withStatus = (status: string) => amounts(all.filter((one) => one.status === status));
  const reserved = all.filter(({ type }) => type === "reserve_transaction");
  return {
    object: "balance",
    available: withStatus("available"),
    ...(account === null && { connect_reserved: amounts(reserved, -1) }),
    livemode: false,
    pending: withStatus("pending"),
  };
}

/** What can be paid out now, and what instant payouts can advance of the funds of later days. */
export interface PayableFunds {
  now: number;
  later: { availableOn: number; amount: number }[];
}

/**
 * Nothing that would make the balance of a later day negative, as pending payouts may. Advances leave a negative
 * available balance as it is (https://docs.stripe.com/payouts/instant-payouts-advance-funding).
 */
export function payableFunds(owner: AccountObjects, currency: string): PayableFunds {
  const [pending, available] = [[], []] as [Stripe.BalanceTransaction[], Stripe.BalanceTransaction[]];
  for (const one of paymentsBalance(owner, currency)) (one.status === "pending" ? pending : available).push(one);
  const days = [...Map.groupBy(pending, (one) => one.available_on)].toSorted(([a], [b]) => a - b);
  let balance = netOf(available);
  const cumulative = days.map(([, part]) => (balance += netOf(part)));
  const take = (most: number, from: number): number => {
    const taken = Math.max(0, Math.min(most, ...cumulative.slice(from)));
    for (let day = from; day < cumulative.length; day += 1) cumulative[day] = (cumulative[day] ?? 0) - taken;
    return taken;
  };
  const now = take(netOf(available), 0);
  const later = days.map(([availableOn, part], day) => ({ availableOn, amount: take(netOf(part), day) }));
  return { now, later };
}
