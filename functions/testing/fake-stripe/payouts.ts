import type Stripe from "stripe";
import { netOf, payableFunds } from "./balances.ts";
import type { FakeBooks } from "./books.ts";
import { bookInstant, mostInstant, reverseAdvance } from "./instant-payouts.ts";
import { destinationOf } from "./external-accounts.ts";
import { newPayout } from "./objects.ts";
import type { AccountObjects } from "./object-store.ts";
import { carriedOver, currenciesOf, openTransactions, payoutUnit } from "./payout-content.ts";

export interface PayoutSpec {
  /** By schedule; Stripe does not state the content of a manual payout. */
  automatic?: boolean;
  /** An instant payout is a manual one. */
  method?: "standard" | "instant";
  /** Default: the currency of the oldest open balance transaction, of those in which something can be paid out. */
  currency?: string;
  /** Of a manual payout; default: all that can be paid out. */
  amount?: number;
  /** What an automatic payout leaves on the balance. */
  minimumBalance?: number;
  /** `late`: in transit until `settlePayout` or `failPayout`; `by steps`: pending until `submitPayout`. */
  settles?: "at once" | "late" | "by steps";
  /** Default: now. */
  arrivesAt?: number;
  silent?: boolean;
}

const NOTHING = "There is nothing to pay out.";

/** Pays out an account (null: the platform): by schedule, all that is open and available by the arrival. */
export function payOut(books: FakeBooks, account: string | null, spec: PayoutSpec = {}): Stripe.Payout {
  books.releaseFunds();
  const { automatic = true, method = "standard", settles = "at once", silent = false } = spec;
  const owner = objectsOf(books, account);
  const isAutomatic = automatic && method === "standard";
  const payout = isAutomatic ? payOutBySchedule(books, owner, spec) : payOutManually(books, owner, spec);
  payout.status = settles === "by steps" ? "pending" : "in_transit";
  owner.payout.add(payout);
  books.emitOn(account, "payout.created", payout, silent);
  if (settles === "at once") settlePayout(books, account, payout, silent);
  return payout;
}

/**
 * The payout of a schedule contains all open balance transactions that are available when it arrives, as recorded:
 * Stripe creates it some days before (phil9690/stripe_api_mock on GitHub). A negative one debits the bank account
 * (https://docs.stripe.com/payouts, "Negative payouts").
 */
function payOutBySchedule(
  books: FakeBooks,
  owner: AccountObjects,
  { currency: wanted, arrivesAt, minimumBalance = 0 }: PayoutSpec,
): Stripe.Payout {
  const created = books.clock();
  const arrival_date = arrivesAt ?? created;
  const plan = plansOf(books, owner, arrival_date, minimumBalance).find(
    ({ amount, currency: its }) => amount !== 0 && its === (wanted ?? its),
  );
  if (!plan) throw new Error(NOTHING);
  const { amount, currency, hold, taken } = plan;
  const given = {
    amount,
    automatic: true,
    created,
    currency,
    arrival_date,
    destination: destinationOf(owner, "standard"),
  };
  const payout = newPayout({ ...given, status: "pending" });
  const common = { currency, created, availableOn: arrival_date };
  const contained = taken.map(({ id }) => id);
  if (hold > 0) {
    const [held, released] = ["payout_minimum_balance_hold", "payout_minimum_balance_release"] as const;
    contained.push(books.book(owner, null, { ...common, amount: -hold, type: held, source: null }).id);
    books.book(owner, null, { ...common, amount: hold, type: released, source: null });
  }
  const own = { ...common, amount: -amount, type: "payout" as const, source: payout.id };
  payout.balance_transaction = books.book(owner, null, own).id;
  books.paidOut.set(payout.id, new Set(contained));
  return payout;
}

interface Plan {
  currency: string;
  taken: Stripe.BalanceTransaction[];
  amount: number;
  /**
   * The minimum balance: "always corresponds to the hold value from the same payout"
   * (https://docs.stripe.com/changelog/acacia/2024-12-18/payout-minimum-balance).
   */
  hold: number;
}

/** What the next payout of a schedule would contain in each currency. */
function plansOf(books: FakeBooks, owner: AccountObjects, arrival: number, minimumBalance: number): Plan[] {
  const open = openTransactions(books, owner).filter(
    ({ status, available_on }) => status === "available" || available_on <= arrival,
  );
  return currenciesOf(open).map((currency) => {
    const taken = open.filter((one) => one.currency === currency);
    const total = netOf(taken) + carriedOver(books, owner, currency);
    const unit = payoutUnit(currency);
    // Stripe debits no bank accounts in the countries of the currencies that have units
    // (https://support.stripe.com/questions/what-happens-when-i-have-a-negative-balance).
    if (total < 0 && unit > 1) return { currency, taken, amount: 0, hold: 0 };
    const kept = Math.min(minimumBalance, Math.max(total, 0));
    const rest = (total - kept) % unit;
    const isHeld = books.behaviour.payoutRemainder === "held" && rest > 0;
    return { currency, taken, amount: total - kept - rest, hold: kept + (isHeld ? rest : 0) };
  });
}

/** Whether there is anything to pay out by schedule. */
export function isPayable(
  books: FakeBooks,
  account: string | null,
  { arrivesAt = books.clock(), minimumBalance = 0 }: Pick<PayoutSpec, "arrivesAt" | "minimumBalance"> = {},
): boolean {
  books.releaseFunds();
  return plansOf(books, objectsOf(books, account), arrivesAt, minimumBalance).some(({ amount }) => amount !== 0);
}

/**
 * "You control the timing and amount of manual payouts, so Stripe can't identify which transactions are included"
 * (https://docs.stripe.com/payouts/reconciliation). Whether the next automatic payout lists a manual one is open: here
 * it does if the manual one paid out only a part of the balance, so that contents add up.
 */
function payOutManually(
  books: FakeBooks,
  owner: AccountObjects,
  { currency: wanted, amount: asked, arrivesAt, method = "standard" }: PayoutSpec,
): Stripe.Payout {
  const open = openTransactions(books, owner);
  const mostIn = (one: string): number => mostPayable(owner, one, method);
  const currency = wanted ?? currenciesOf(open).find((one) => mostIn(one) > 0) ?? "";
  const amount = asked ?? mostIn(currency);
  if (amount <= 0) throw new Error(NOTHING);
  if (amount % payoutUnit(currency) !== 0)
    throw new Error(`Payouts in ${currency} are multiples of ${payoutUnit(currency)}.`);
  // "Your Stripe balance must cover the payout amount." (https://docs.stripe.com/api/payouts/create)
  if (amount > mostIn(currency)) throw new Error("You have insufficient funds in your Stripe account.");
  const created = books.clock();
  const destination = destinationOf(owner, method);
  const given = {
    amount,
    automatic: false,
    created,
    currency,
    arrival_date: arrivesAt ?? created,
    destination,
    method,
  };
  const type = method === "instant" ? "card" : "bank_account";
  const payout = newPayout({ ...given, type, status: "pending" });
  const available = open.filter((one) => one.currency === currency && one.status === "available");
  const isAll = method === "standard" && netOf(available) === amount;
  books.paidOut.set(payout.id, new Set(isAll ? available.map(({ id }) => id) : []));
  if (method === "instant") {
    bookInstant(books, owner, payout, payableFunds(owner, currency));
  } else {
    const own = { amount: -amount, currency, created, type: "payout" as const, source: payout.id };
    payout.balance_transaction = books.book(owner, null, own).id;
  }
  return payout;
}

/** The greatest amount of a manual payout. */
export function mostPayable(owner: AccountObjects, currency: string, method: "standard" | "instant"): number {
  const funds = payableFunds(owner, currency);
  const most = method === "instant" ? mostInstant(funds) : funds.now;
  return most - (most % payoutUnit(currency));
}

/** "A payout is `pending` until it's submitted to the bank, when it becomes `in_transit`." (SDK, `Payout.status`) */
export function submitPayout(books: FakeBooks, account: string | null, payout: Stripe.Payout, silent = false): void {
  requireStatus(payout, "pending");
  payout.status = "in_transit";
  books.emitOn(account, "payout.updated", payout, silent);
}

export function settlePayout(books: FakeBooks, account: string | null, payout: Stripe.Payout, silent = false): void {
  requireStatus(payout, "in_transit");
  payout.status = "paid";
  if (payout.automatic) payout.reconciliation_status = "completed";
  books.emitOn(account, "payout.paid", payout, silent);
  if (payout.automatic) books.emitOn(account, "payout.reconciliation_completed", payout, silent);
}

/** The bank rejects a payout, even a paid one; the next payout includes the money. */
export function failPayout(books: FakeBooks, account: string | null, payout: Stripe.Payout, silent = false): void {
  requireStatus(payout, "pending", "in_transit", "paid");
  Object.assign(payout, {
    status: "failed",
    failure_code: "account_closed",
    failure_message: "The bank account has been closed.",
  });
  returnFunds(books, account, payout, "payout_failure");
  books.emitOn(account, "payout.failed", payout, silent);
}

/** "if its status is `pending` … You can't cancel automatic Stripe payouts." (https://docs.stripe.com/api/payouts/cancel) */
export function cancelPayout(books: FakeBooks, account: string | null, payout: Stripe.Payout, silent = false): void {
  requireStatus(payout, "pending");
  if (payout.automatic) throw new Error("An automatic payout cannot be canceled.");
  payout.status = "canceled";
  returnFunds(books, account, payout, "payout_cancel");
  books.emitOn(account, "payout.canceled", payout, silent);
}

/**
 * Debits the bank account: a payout of its own, for connected accounts alone (SDK, `payouts.reverse`;
 * https://docs.stripe.com/connect/payout-reversals).
 */
export function reversePayout(books: FakeBooks, account: string, original: Stripe.Payout): Stripe.Payout {
  requireStatus(original, "paid");
  if (original.reversed_by !== null || original.amount < 0 || original.method === "instant") {
    throw new Error(`${original.id} cannot be reversed.`);
  }
  const owner = books.connect(account);
  const { amount, currency } = original;
  const created = books.clock();
  const given = { amount: -amount, automatic: false, created, currency, arrival_date: created };
  const { id: original_payout, destination } = original;
  const reversal = newPayout({ ...given, status: "in_transit", destination, original_payout });
  const own = { amount, currency, created, type: "payout" as const, source: reversal.id };
  reversal.balance_transaction = books.book(owner, null, own).id;
  books.paidOut.set(reversal.id, new Set());
  owner.payout.add(reversal);
  original.reversed_by = reversal.id;
  books.emitOn(account, "payout.updated", original);
  books.emitOn(account, "payout.created", reversal);
  settlePayout(books, account, reversal);
  return reversal;
}

/** "reverses the initial balance transaction" (SDK, `Payout.failure_balance_transaction`) */
function returnFunds(
  books: FakeBooks,
  account: string | null,
  payout: Stripe.Payout,
  type: "payout_failure" | "payout_cancel",
): void {
  const owner = objectsOf(books, account);
  const own = owner.balance_transaction.referred(payout.balance_transaction);
  const { currency } = payout;
  const created = books.clock();
  const fees = own?.fee_details.map((one) => ({ type: one.type, amount: -one.amount })) ?? [];
  const given = { amount: payout.amount, currency, created, type, source: payout.id, fees };
  payout.failure_balance_transaction = books.book(owner, null, given).id;
  reverseAdvance(books, owner, payout, created);
}

function requireStatus({ id, status }: Stripe.Payout, ...allowed: readonly string[]): void {
  if (!allowed.includes(status)) throw new Error(`${id} is ${status}.`);
}

function objectsOf(books: FakeBooks, account: string | null): AccountObjects {
  return account === null ? books.platform : books.connect(account);
}
