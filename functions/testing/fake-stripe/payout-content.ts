import type Stripe from "stripe";
import { netOf, paymentsBalance } from "./balances.ts";
import type { FakeBooks } from "./books.ts";
import type { AccountObjects } from "./object-store.ts";

/** Types that return a payout to the balance. */
const RETURNED: ReadonlySet<string> = new Set(["payout_failure", "payout_cancel"]);

/**
 * https://docs.stripe.com/currencies: HUF and TWD are paid out in whole units ("1045 isn't evenly divisible by 100"),
 * the decimals of ISK and UGX are always 00, and the last digit of a currency with three decimals is 0.
 */
const UNITS: ReadonlyMap<string, number> = new Map([
  ...["huf", "twd", "isk", "ugx"].map((currency) => [currency, 100] as const),
  ...["bhd", "jod", "kwd", "omr", "tnd"].map((currency) => [currency, 10] as const),
]);

/** The smallest amount that can be paid out. */
export function payoutUnit(currency: string): number {
  return UNITS.get(currency) ?? 1;
}

/** The balance transactions that are in no payout yet, newest first. */
export function openTransactions(books: FakeBooks, owner: AccountObjects): Stripe.BalanceTransaction[] {
  const isRebundled = books.behaviour.failedPayout === "bundled again";
  /** Whether a payout took a part of the balance and not transactions; the next automatic one then contains it. */
  const isPart = (id: unknown): boolean => typeof id === "string" && books.paidOut.get(id)?.size === 0;
  const payouts = owner.payout.newestFirst();
  return paymentsBalance(owner).filter(({ id, type, source }) => {
    if ((type === "payout" || (RETURNED.has(type) && isRebundled)) && !isPart(source)) return false;
    const took = payouts.filter((one) => books.paidOut.get(one.id)?.has(id) === true);
    return took.every(({ status }) => isRebundled && (status === "failed" || status === "canceled"));
  });
}

/** What earlier payouts left of their content on the balance, because it is not payable. */
export function carriedOver(books: FakeBooks, owner: AccountObjects, currency: string): number {
  const isRebundled = books.behaviour.failedPayout === "bundled again";
  const paidOut = owner.payout
    .newestFirst()
    .filter((one) => one.automatic && one.currency === currency && !(isRebundled && one.status === "failed"));
  return paidOut.reduce((sum, { id, amount }) => sum + netOf(contentOf(books, owner, id)) - amount, 0);
}

/** What a payout paid out, without its own balance transaction. */
export function contentOf(books: FakeBooks, owner: AccountObjects, payout: string): Stripe.BalanceTransaction[] {
  return [...(books.paidOut.get(payout) ?? [])].flatMap((id) => owner.balance_transaction.get(id) ?? []);
}

/** The currencies of open balance transactions, that of the oldest first. */
export function currenciesOf(open: readonly Stripe.BalanceTransaction[]): string[] {
  return [...new Set(open.toReversed().map(({ currency }) => currency))];
}
