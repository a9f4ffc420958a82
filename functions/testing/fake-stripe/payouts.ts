import type Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import { newPayout } from "./payout.ts";
import type { AccountBooks } from "./object-store.ts";

/** From an account's balance to its bank; `account` null is the platform. */

export interface PayoutSpec {
  /** Stripe's own schedule, or the account's wish: of a payout by hand Stripe does not say what is in it. */
  automatic?: boolean;
  /** The currency of the oldest that is there to be paid out, if it is not said. */
  currency?: string;
  /** `late`: it is on its way until it is settled, or fails. */
  settles?: "at once" | "late";
  /** In seconds; the clock's time if it is not said. */
  arrivesAt?: number;
  silent?: boolean;
}

/** Pays out all that is in no payout yet, or only in one that failed. */
export function payOut(
  books: FakeBooks,
  account: string | null,
  { automatic = true, currency: wanted, settles = "at once", arrivesAt, silent = false }: PayoutSpec = {},
): Stripe.Payout {
  const home = homeOf(books, account);
  const open = home.balance_transaction.newestFirst().filter((one) => isOpen(books, home, one));
  const currency = wanted ?? open.at(-1)?.currency ?? "";
  const taken = open.filter((one) => one.currency === currency);
  if (taken.length === 0) throw new Error("There is nothing to pay out.");
  const created = books.clock();
  const amount = taken.reduce((sum, { net }) => sum + net, 0);
  const arrival_date = arrivesAt ?? created;
  const payout = newPayout({ amount, automatic, created, currency, arrival_date, status: "in_transit" });
  const own = books.book(home, null, { amount: -amount, currency, created, type: "payout", source: payout.id });
  payout.balance_transaction = own.id;
  home.payout.add(payout);
  books.paidOut.set(payout.id, new Set(taken.map(({ id }) => id)));
  if (settles === "at once") settlePayout(books, account, payout, silent);
  return payout;
}

/** A payout that was on its way arrives. */
export function settlePayout(books: FakeBooks, account: string | null, payout: Stripe.Payout, silent = false): void {
  payout.status = "paid";
  if (payout.automatic) payout.reconciliation_status = "completed";
  books.emitOn(account, "payout.paid", payout, silent);
  if (payout.automatic) books.emitOn(account, "payout.reconciliation_completed", payout, silent);
}

/** The bank refuses a payout, even one that was paid: the money is back, and goes with the next. */
export function failPayout(books: FakeBooks, account: string | null, payout: Stripe.Payout, silent = false): void {
  const { amount, currency } = payout;
  Object.assign(payout, {
    status: "failed",
    failure_code: "account_closed",
    failure_message: "The bank account has been closed.",
  });
  const given = { amount, currency, created: books.clock(), type: "payout_failure" as const, source: payout.id };
  payout.failure_balance_transaction = books.book(homeOf(books, account), null, given).id;
  books.emitOn(account, "payout.failed", payout, silent);
}

function homeOf(books: FakeBooks, account: string | null): AccountBooks {
  return account === null ? books.platform : books.connect(account);
}

/**
 * Whether no payout has it yet. What a payout that failed had goes out by the next one as its `payout_failure`; by the other reading
 * of Stripe, as the same balance transactions once more.
 */
function isOpen(books: FakeBooks, { payout }: AccountBooks, { id, type }: Stripe.BalanceTransaction): boolean {
  const isRebundled = books.behaviour.failedPayout === "bundled again";
  if (type === "payout" || (type === "payout_failure" && isRebundled)) return false;
  const took = payout.newestFirst().filter((one) => books.paidOut.get(one.id)?.has(id) === true);
  return took.every((one) => isRebundled && one.status === "failed");
}
