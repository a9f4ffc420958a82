import type Stripe from "stripe";
import { netOf, paymentsBalance } from "./balances.ts";
import type { FakeBooks } from "./books.ts";
import type { AccountObjects } from "./object-store.ts";

/** Changes of a balance that belong to no payment. */

export interface AccountBooking {
  /** Always positive, except of an adjustment. */
  amount: number;
  currency: string;
  description?: string;
}

function ownerOf(books: FakeBooks, account: string | null): AccountObjects {
  return account === null ? books.platform : books.connect(account);
}

/**
 * Bills a fee, such as "Connect (2023-06-01 - 2023-06-30): Payout Fee": available at once and without a source, as
 * recorded (polarsource/polar#1727 on GitHub).
 */
export function billStripeFee(
  books: FakeBooks,
  account: string | null,
  { amount, currency, description = "Billing - Usage Fee" }: AccountBooking,
): Stripe.BalanceTransaction {
  const given = { amount: -amount, currency, created: books.clock(), description };
  return books.book(ownerOf(books, account), null, { ...given, type: "stripe_fee", source: null });
}

export function adjustBalance(
  books: FakeBooks,
  account: string | null,
  { amount, currency, description = "Adjustment" }: AccountBooking,
): Stripe.BalanceTransaction {
  const given = { amount, currency, created: books.clock(), description, source: null };
  return books.book(ownerOf(books, account), null, { ...given, type: "adjustment", category: "other_adjustment" });
}

/** https://docs.stripe.com/changelog/clover/2026-01-28/monitor-reserve-activity-on-balance-transactions */
export function holdReserve(books: FakeBooks, account: string | null, { amount, currency }: AccountBooking): void {
  bookReserve(books, account, { amount: -amount, currency }, "reserve_hold");
}

export function releaseReserve(books: FakeBooks, account: string | null, { amount, currency }: AccountBooking): void {
  bookReserve(books, account, { amount, currency }, "reserve_release");
}

/** `amount` is on the payments balance. */
function bookReserve(
  books: FakeBooks,
  account: string | null,
  { amount, currency }: AccountBooking,
  type: "reserve_hold" | "reserve_release",
): void {
  const owner = ownerOf(books, account);
  const common = { currency, created: books.clock(), type, source: null };
  books.book(owner, null, { ...common, amount });
  if (books.behaviour.reserve !== "on both balances") return;
  books.book(owner, null, { ...common, amount: -amount, balanceType: "risk_reserved" });
}

/**
 * Reserves on the platform "the sum of all negative available balances" of the accounts for whose losses it is
 * responsible, as `reserve_transaction` (https://support.stripe.com/questions/connect-reserves-faq).
 */
export function updateConnectReserve(books: FakeBooks): void {
  books.releaseFunds();
  const liable = books.platform.account
    .newestFirst()
    .filter((one) => one.controller?.losses?.payments === "application");
  const theirs = liable.flatMap(({ id }) => {
    const available = paymentsBalance(books.connect(id)).filter(({ status }) => status === "available");
    const byCurrency = Map.groupBy(available, ({ currency }) => currency);
    return [...byCurrency].map(([currency, part]) => ({ currency, missing: Math.max(0, -netOf(part)) }));
  });
  const reserved = paymentsBalance(books.platform).filter(({ type }) => type === "reserve_transaction");
  const currencies = new Set([...theirs, ...reserved].map(({ currency }) => currency));
  for (const currency of currencies) {
    const target = theirs.reduce((sum, one) => (one.currency === currency ? sum + one.missing : sum), 0);
    const change = -netOf(reserved.filter((one) => one.currency === currency)) - target;
    const given = { amount: change, currency, created: books.clock(), type: "reserve_transaction" as const };
    if (change !== 0) books.book(books.platform, null, { ...given, source: null });
  }
}
