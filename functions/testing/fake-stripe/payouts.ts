import type Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import { newPayout } from "./objects.ts";
import type { AccountObjects } from "./object-store.ts";

export interface PayoutSpec {
  /** By schedule; Stripe does not state the content of a manual payout. */
  automatic?: boolean;
  /** Default: the currency of the oldest open balance transaction. */
  currency?: string;
  /** `late`: in transit until `settlePayout` or `failPayout`. */
  settles?: "at once" | "late";
  /** Default: now. */
  arrivesAt?: number;
  silent?: boolean;
}

/** Pays out all open balance transactions of an account (null: the platform). */
export function payOut(
  books: FakeBooks,
  account: string | null,
  { automatic = true, currency: wanted, settles = "at once", arrivesAt, silent = false }: PayoutSpec = {},
): Stripe.Payout {
  const owner = objectsOf(books, account);
  const open = owner.balance_transaction.newestFirst().filter((one) => isOpen(books, owner, one));
  const currency = wanted ?? open.at(-1)?.currency ?? "";
  const taken = open.filter((one) => one.currency === currency);
  if (taken.length === 0) throw new Error("There is nothing to pay out.");
  const created = books.clock();
  const amount = taken.reduce((sum, { net }) => sum + net, 0);
  const arrival_date = arrivesAt ?? created;
  const payout = newPayout({ amount, automatic, created, currency, arrival_date, status: "in_transit" });
  const own = books.book(owner, null, { amount: -amount, currency, created, type: "payout", source: payout.id });
  payout.balance_transaction = own.id;
  owner.payout.add(payout);
  books.paidOut.set(payout.id, new Set(taken.map(({ id }) => id)));
  if (settles === "at once") settlePayout(books, account, payout, silent);
  return payout;
}

export function settlePayout(books: FakeBooks, account: string | null, payout: Stripe.Payout, silent = false): void {
  payout.status = "paid";
  if (payout.automatic) payout.reconciliation_status = "completed";
  books.emitOn(account, "payout.paid", payout, silent);
  if (payout.automatic) books.emitOn(account, "payout.reconciliation_completed", payout, silent);
}

/** The bank rejects a payout, even a paid one; the next payout includes the money. */
export function failPayout(books: FakeBooks, account: string | null, payout: Stripe.Payout, silent = false): void {
  const { amount, currency } = payout;
  Object.assign(payout, {
    status: "failed",
    failure_code: "account_closed",
    failure_message: "The bank account has been closed.",
  });
  const given = { amount, currency, created: books.clock(), type: "payout_failure" as const, source: payout.id };
  payout.failure_balance_transaction = books.book(objectsOf(books, account), null, given).id;
  books.emitOn(account, "payout.failed", payout, silent);
}

function objectsOf(books: FakeBooks, account: string | null): AccountObjects {
  return account === null ? books.platform : books.connect(account);
}

/** Whether it is in no payout yet. A failed payout's money is in its `payout_failure` or in the same transactions. */
function isOpen(books: FakeBooks, { payout }: AccountObjects, { id, type }: Stripe.BalanceTransaction): boolean {
  const isRebundled = books.behaviour.failedPayout === "bundled again";
  if (type === "payout" || (type === "payout_failure" && isRebundled)) return false;
  const took = payout.newestFirst().filter((one) => books.paidOut.get(one.id)?.has(id) === true);
  return took.every((one) => isRebundled && one.status === "failed");
}
