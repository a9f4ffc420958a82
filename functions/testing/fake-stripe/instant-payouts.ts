import type Stripe from "stripe";
import type { PayableFunds } from "./balances.ts";
import type { FakeBooks } from "./books.ts";
import type { AccountObjects } from "./object-store.ts";

/** Stripe's price in Canada (https://docs.stripe.com/payouts/instant-payouts). */
const FEE = 0.01;

function feeOf(amount: number): number {
  return Math.round(amount * FEE);
}

/** "The Instant Payout fee is pre-deducted so the balance shown reflects what you'd actually receive." (the same) */
export function mostInstant({ now, later }: PayableFunds): number {
  const funds = later.reduce((sum, { amount }) => sum + amount, now);
  return Math.floor(funds / (1 + FEE));
}

/**
 * Books an instant payout, with an advance of pending funds for what exceeds the available balance
 * (https://docs.stripe.com/payouts/instant-payouts-advance-funding).
 */
export function bookInstant(books: FakeBooks, owner: AccountObjects, payout: Stripe.Payout, funds: PayableFunds): void {
  const { id: source, amount, currency, created } = payout;
  const common = { currency, created, source };
  let missing = Math.max(0, amount - funds.now);
  const advance = missing;
  for (const { availableOn, amount: pending } of funds.later) {
    const part = Math.min(missing, pending);
    missing -= part;
    const description = `Deducting pending funds for ${source}`;
    const given = { ...common, amount: -part, type: "advance_funding" as const, availableOn, description };
    if (part > 0) books.book(owner, null, given);
  }
  if (advance > 0) {
    const description = `Adding available funds for ${source}`;
    books.book(owner, null, { ...common, amount: advance, type: "advance", description });
  }
  const { instantFee } = books.behaviour;
  const fees = instantFee === "within the payout" ? [{ type: "stripe_fee", amount: feeOf(amount) }] : [];
  payout.balance_transaction = books.book(owner, null, { ...common, amount: -amount, type: "payout", fees }).id;
  if (instantFee === "within the payout") return;
  const billed = instantFee === "billed to the account" ? owner : books.platform;
  const description = "Instant Payout Fee";
  books.book(billed, null, { ...common, amount: -feeOf(amount), type: "stripe_fee", source: null, description });
}

/** "reversed by offsetting balance transactions" (the same) */
export function reverseAdvance(books: FakeBooks, owner: AccountObjects, payout: Stripe.Payout, created: number): void {
  const advanced = owner.balance_transaction
    .newestFirst()
    .filter(({ type, source }) => source === payout.id && (type === "advance" || type === "advance_funding"));
  for (const { amount, currency, type, available_on, source } of advanced) {
    const availableOn = Math.max(created, available_on);
    books.book(owner, null, { amount: -amount, currency, created, type, source, availableOn });
  }
}
