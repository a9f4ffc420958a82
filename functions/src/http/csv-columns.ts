import { recordDefaults } from "../config.ts";
import { dayOf } from "../domain/calendar.ts";
import { csvLine, numberCell, textCell } from "../domain/csv.ts";
import { majorUnits } from "../domain/currencies.ts";
import { type Money, sumMoney } from "../domain/money.ts";
import { mapDetails } from "../domain/payment-details.ts";
import type { Difference } from "../domain/reconciliation.ts";
import { moneyOf } from "../domain/revenue.ts";
import { holdsFunds, isRefunded } from "../domain/reversal-statuses.ts";
import { type Derived, derivedFrom, type Totals } from "../domain/totals.ts";
import type { Transaction } from "../domain/transaction.ts";

type Cell = (transaction: Transaction) => string;

/**
 * The columns of the export by their header. The first ones stay, for programs that count them. `amount_…` are minor
 * units.
 */
const COLUMNS: Readonly<Record<string, Cell>> = {
  stripePaymentId: ({ stripePaymentId }) => textCell(stripePaymentId),
  createdAt: ({ createdAt }) => textCell(createdAt.toISOString()),
  day: ({ day }) => textCell(day),
  status: ({ status }) => textCell(status),
  currency: ({ currency }) => textCell(currency),
  total: ({ amount_total, currency }) => numberCell(majorUnits(amount_total, currency)),
  stripe_fee: ({ amount_stripe_fee, currency }) => numberCell(majorUnits(amount_stripe_fee, currency)),
  platform_fee: ({ amount_platform_fee, currency }) => numberCell(majorUnits(amount_platform_fee, currency)),
  franchisee_net: ({ amount_franchisee_net, currency }) => numberCell(majorUnits(amount_franchisee_net, currency)),
  amount_total: ({ amount_total }) => numberCell(amount_total),
  amount_stripe_fee: ({ amount_stripe_fee }) => numberCell(amount_stripe_fee),
  amount_platform_fee: ({ amount_platform_fee }) => numberCell(amount_platform_fee),
  amount_franchisee_net: ({ amount_franchisee_net }) => numberCell(amount_franchisee_net),
  refunds_deducted: earnedCell(({ refundsDeducted }) => refundsDeducted),
  disputes_deducted: earnedCell(({ disputesDeducted }) => disputesDeducted),
  dispute_fees: earnedCell(({ disputeFees }) => disputeFees),
  fees_returned: earnedCell(({ feesReturned }) => feesReturned),
  net_adjustment: earnedCell(({ netAdjustment }) => netAdjustment),
  earned: earnedCell(({ earned }) => earned),
  earned_currency: (transaction) => textCell(joined(earnedIn(transaction), ({ currency }) => currency)),
  ...moneyColumns("refunded", refundedOf),
  refund_dates: ({ stripe }) => {
    const days = stripe?.refunds.filter(isRefunded).map(({ createdAt }) => dayOf(createdAt, recordDefaults().timeZone));
    return textCell(days?.join(" / ") ?? null);
  },
  ...moneyColumns("disputed", disputedOf),
  // Stripe's estimate of the day on which the money is on the bank account.
  deposit_date: ({ stripe }) => textCell(stripe?.payout?.arrivesAt.toISOString().slice(0, 10) ?? null),
  payoutId: ({ stripe }) => textCell(stripe?.payout?.id ?? null),
  payoutStatus: ({ stripe }) => textCell(stripe?.payout?.status ?? null),
  ...mapDetails<Cell, Cell>(
    (field) => (transaction) => textCell(transaction[field]),
    (field) => (transaction) => numberCell(transaction[field]),
  ),
  reconciliation: ({ reconciliation }) => textCell(reconciliation.status),
  differences: ({ reconciliation: { differences }, currency }) =>
    textCell(differences.map((difference) => describeDifference(difference, currency)).join("; ")),
  exception: ({ exception }) => textCell(exception),
  unreadable: () => "",
};

export function headerLine(): string {
  return csvLine(Object.keys(COLUMNS).map(textCell));
}

export function transactionLine(transaction: Transaction): string {
  return csvLine(Object.values(COLUMNS).map((cell) => cell(transaction)));
}

/** The line of a document that cannot be read: its id, and why. */
export function unreadableLine(stripePaymentId: string, unreadable: string): string {
  const known: Readonly<Record<string, string>> = { stripePaymentId, unreadable };
  return csvLine(Object.keys(COLUMNS).map((column) => textCell(known[column] ?? null)));
}

function refundedOf({ stripe }: Transaction): Money[] {
  return stripe && stripe.amountRefunded !== 0
    ? [{ currency: stripe.charged.currency, amount: stripe.amountRefunded }]
    : [];
}

/** The amounts that banks hold now, by currency; rarely more than one. */
function disputedOf({ stripe }: Transaction): Money[] {
  const held = Map.groupBy(stripe?.disputes.filter(holdsFunds) ?? [], ({ currency }) => currency);
  return [...held].map(([currency, disputes]) => sumMoney(currency, disputes));
}

/** Two columns of sums: in major units, and their currencies. */
function moneyColumns(name: string, sumsOf: (transaction: Transaction) => Money[]): Record<string, Cell> {
  return {
    [name]: (transaction) =>
      numberCell(joined(sumsOf(transaction), ({ amount, currency }) => majorUnits(amount, currency))),
    [`${name}_currency`]: (transaction) => textCell(joined(sumsOf(transaction), ({ currency }) => currency)),
  };
}

type Figures = Totals & Derived & { currency: string };

/** What a payment adds to what the franchisee earned, as in the totals, by currency; rarely more than one. */
function earnedIn(transaction: Transaction): Figures[] {
  return Object.entries(moneyOf(transaction, transaction))
    .map(([currency, totals]) => Object.assign({ currency }, totals, derivedFrom(totals)))
    .filter(({ currency, earned, netAdjustment }) => {
      return currency === transaction.currency || earned !== 0 || netAdjustment !== 0;
    });
}

/** In major units. */
function earnedCell(figureOf: (figures: Figures) => number): Cell {
  return (transaction) =>
    numberCell(joined(earnedIn(transaction), (figures) => majorUnits(figureOf(figures), figures.currency)));
}

function joined<T>(all: readonly T[], text: (one: T) => string): string {
  return all.map(text).join(" / ");
}

/** With amounts in major units. */
function describeDifference({ field, recorded, stripe }: Difference, currency: string): string {
  const [ours, theirs] = [recorded, stripe].map((value) =>
    typeof value === "number" ? majorUnits(value, currency) : String(value),
  );
  return `${field}: recorded ${ours}, Stripe ${theirs}`;
}
