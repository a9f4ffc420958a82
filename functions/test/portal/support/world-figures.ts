/**
 * What the portal must show of a seeded world, computed from two inputs only: the fake Stripe's books, and which golden
 * records were sent. It shares no code with the product. Amounts are in minor units.
 */
import type Stripe from "stripe";
import { paymentsBalance } from "../../../testing/fake-stripe/balances.ts";
import type { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import type { SeededPayment } from "../../../testing/fake-stripe/seeded-world.ts";
import { adjustmentPartsIn } from "../../support/oracle.ts";
import { dayIn } from "../../support/oracle-totals.ts";

const TIME_ZONE = "America/Vancouver";

/** From gross to earned, by the names of the portal's columns; fees and deductions are negative. */
export interface Waterfall {
  Gross: number;
  "Stripe fees": number;
  "Platform fees": number;
  Net: number;
  Refunds: number;
  Disputes: number;
  "Dispute fees": number;
  "Fees returned": number;
  Earned: number;
}

export const STEPS = [
  "Gross",
  "Stripe fees",
  "Platform fees",
  "Net",
  "Refunds",
  "Disputes",
  "Dispute fees",
  "Fees returned",
  "Earned",
] as const satisfies (keyof Waterfall)[];

const NOTHING: Waterfall = {
  Gross: 0,
  "Stripe fees": 0,
  "Platform fees": 0,
  Net: 0,
  Refunds: 0,
  Disputes: 0,
  "Dispute fees": 0,
  "Fees returned": 0,
  Earned: 0,
};

export interface WorldPayment {
  seeded: SeededPayment;
  account: string;
  id: string;
  mode: string;
  currency: string;
  /** YYYY-MM-DD, in the reporting time zone. */
  day: string;
  month: string;
  figures: Waterfall;
  /** The same before Stripe was read: none if no record was sent. */
  recorded: Waterfall | null;
  /** Beside its status; null for none. */
  remark: string | null;
  /** Refunds and disputes, in the currency of the customer. */
  refunds: Stripe.Refund[];
  disputes: Stripe.Dispute[];
  /** Whether it was captured in part. */
  isPart: boolean;
  /** Whether the customer paid in another currency. */
  isConverted: boolean;
  /** On the franchisee's balance, oldest first. */
  movements: Stripe.BalanceTransaction[];
  /** Which of these is the payment itself. */
  arrival: Stripe.BalanceTransaction;
}

const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0);

export const sumOf = <T>(all: readonly T[], of: (one: T) => number): number => sum(all.map(of));

export function dayOf(seconds: number): string {
  return dayIn(TIME_ZONE, new Date(seconds * 1000));
}

export const monthOf = (seconds: number): string => dayOf(seconds).slice(0, "YYYY-MM".length);

export function total(all: readonly (Waterfall | null)[]): Waterfall {
  const sums = { ...NOTHING };
  for (const one of all) for (const name of STEPS) sums[name] += one?.[name] ?? 0;
  return sums;
}

/** The fees of one type within a movement. */
const feesOf = ({ fee_details }: Stripe.BalanceTransaction, type: string): number =>
  sumOf(
    fee_details.filter((fee) => fee.type === type),
    ({ amount }) => amount,
  );

export function paymentIn(books: FakeBooks, seeded: SeededPayment): WorldPayment {
  const { account, stripePaymentId: id, paidAt, recorded } = seeded;
  const intent = books.intent(id);
  if (!intent) throw new Error(`Stripe has no ${id}.`);
  const spec = books.specOf(intent);
  const [home, charge] = [books.chargeAccount(spec), books.chargeOf(intent)];
  const charged = home.balance_transaction.referred(charge.balance_transaction);
  const movements = movementsOf(books, account).filter((one) => books.bookedFor.get(one.id) === id);
  const arrival = spec.mode === "direct" ? charged : movements.find(({ type }) => type === "payment");
  if (!charged || !arrival) throw new Error(`${id} has not arrived.`);
  const surplus = recorded === "wrong" ? 1 : 0;
  const stripeFee = feesOf(charged, "stripe_fee");
  const later = movements.filter((one) => one !== arrival);
  const [parts] = adjustmentPartsIn(arrival.currency, later);
  const before: Waterfall = {
    ...NOTHING,
    Gross: charged.amount + surplus,
    "Stripe fees": -stripeFee,
    "Platform fees": -(charged.amount - stripeFee - arrival.net),
    Net: arrival.net + surplus,
    Earned: arrival.net + surplus,
  };
  const refunds = home.refund.newestFirst().filter((one) => one.charge === charge.id);
  const disputes = home.dispute.newestFirst().filter((one) => one.charge === charge.id);
  const { currency } = charged;
  return {
    seeded,
    account,
    id,
    mode: spec.mode,
    currency,
    day: dayOf(paidAt),
    month: monthOf(paidAt),
    figures: {
      ...before,
      Refunds: parts?.refunds ?? 0,
      Disputes: parts?.disputes ?? 0,
      "Dispute fees": parts?.disputeFees ?? 0,
      "Fees returned": parts?.feesReturned ?? 0,
      Earned: sumOf(movements, ({ net }) => net) + surplus,
    },
    recorded: recorded === "none" ? null : before,
    remark: remarkOf(recorded, charge, disputes),
    refunds,
    disputes,
    isPart: charge.amount_captured < charge.amount,
    isConverted: charge.currency !== currency,
    movements,
    arrival,
  };
}

function remarkOf(
  recorded: SeededPayment["recorded"],
  { amount_refunded, amount_captured }: Stripe.Charge,
  disputes: readonly Stripe.Dispute[],
): string | null {
  if (recorded === "wrong") return "Differs from Stripe";
  if (recorded === "none") return "Only in Stripe";
  if (disputes.some(({ status }) => status === "needs_response")) return "Disputed";
  if (disputes.some(({ status }) => status === "lost")) return "Dispute lost";
  if (amount_refunded === 0) return null;
  return amount_refunded === amount_captured ? "Refunded" : "Partly refunded";
}

/** On the balance that is paid out, oldest first. */
export function movementsOf(books: FakeBooks, account: string): Stripe.BalanceTransaction[] {
  return paymentsBalance(books.connect(account)).toReversed();
}

/** One line of a table of categories: count, amount, fees (negative) and net. */
export type CategoryLine = [count: number, amount: number, fees: number, net: number];

/** By reporting category. */
export function byCategory(movements: readonly Stripe.BalanceTransaction[]): Map<string, CategoryLine> {
  const groups = Map.groupBy(movements, ({ reporting_category: category }) => category);
  return new Map([...groups].map(([category, all]) => [category, lineOf(all)]));
}

export function lineOf(all: readonly Stripe.BalanceTransaction[]): CategoryLine {
  return [
    all.length,
    sumOf(all, ({ amount }) => amount),
    // Not -0.
    0 - sumOf(all, ({ fee }) => fee),
    sumOf(all, ({ net }) => net),
  ];
}

export interface MonthStatement {
  opening: number;
  activity: Map<string, CategoryLine>;
  activitySum: CategoryLine;
  payouts: number;
  closing: number;
  fees: { stripe: number; platform: number; disputes: number };
}

const IS_PAYOUT = /^payout(_reversal)?$/;

export function statementOf(movements: readonly Stripe.BalanceTransaction[], month: string): MonthStatement {
  const net = (some: readonly Stripe.BalanceTransaction[]): number => sumOf(some, (one) => one.net);
  const own = movements.filter(({ created }) => monthOf(created) === month);
  const opening = net(movements.filter(({ created }) => monthOf(created) < month));
  const isPayout = ({ reporting_category: category }: Stripe.BalanceTransaction): boolean => IS_PAYOUT.test(category);
  const moved = own.filter((one) => !isPayout(one));
  const isOfDispute = ({ reporting_category: category }: Stripe.BalanceTransaction): boolean =>
    category.startsWith("dispute");
  const [disputed, others] = [moved.filter(isOfDispute), moved.filter((one) => !isOfDispute(one))];
  return {
    opening,
    activity: byCategory(moved),
    activitySum: lineOf(moved),
    payouts: net(own.filter(isPayout)),
    closing: opening + net(own),
    fees: {
      stripe: sumOf(others, (one) => feesOf(one, "stripe_fee")),
      platform: sumOf(others, (one) => feesOf(one, "application_fee")),
      disputes: sumOf(disputed, (one) => feesOf(one, "stripe_fee")),
    },
  };
}

/** What a payout paid out; null of one whose content Stripe does not list. */
export function contentOf(
  books: FakeBooks,
  account: string,
  payout: Stripe.Payout,
): Stripe.BalanceTransaction[] | null {
  if (!payout.automatic) return null;
  const ids = books.paidOut.get(payout.id) ?? new Set();
  return movementsOf(books, account).filter(({ id }) => ids.has(id));
}
