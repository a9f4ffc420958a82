import { csvLine, numberCell, textCell } from "../domain/csv.ts";
import { majorUnits, type Money, sumMoney } from "../domain/money.ts";
import { mapDetails } from "../domain/payment-details.ts";
import type { Difference } from "../domain/reconciliation.ts";
import { holdsFunds } from "../domain/stripe-snapshot.ts";
import type { Transaction } from "../domain/transaction.ts";

type Cell = (transaction: Transaction) => string;

/** The columns of the export, by their header. `amount_…` are minor units, as everywhere. */
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
  refunded: (transaction) => majorCell(refundedOf(transaction)),
  amount_refunded: (transaction) => minorCell(refundedOf(transaction)),
  refunded_currency: (transaction) => currencyCell(refundedOf(transaction)),
  disputed: (transaction) => majorCell(disputedOf(transaction)),
  amount_disputed: (transaction) => minorCell(disputedOf(transaction)),
  disputed_currency: (transaction) => currencyCell(disputedOf(transaction)),
  ...mapDetails<Cell, Cell>(
    (field) => (transaction) => textCell(transaction[field]),
    (field) => (transaction) => numberCell(transaction[field]),
  ),
  livemode: ({ livemode }) => textCell(String(livemode)),
  source: ({ source }) => textCell(source),
  reconciliation: ({ reconciliation }) => textCell(reconciliation.status),
  differences: ({ reconciliation: { differences }, currency }) =>
    textCell(differences.map((difference) => describeDifference(difference, currency)).join("; ")),
  exception: ({ exception }) => textCell(exception),
  payoutId: ({ stripe }) => textCell(stripe?.payout?.id ?? null),
  payoutStatus: ({ stripe }) => textCell(stripe?.payout?.status ?? null),
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

/** What banks hold now, by currency; there is hardly ever more than one. */
function disputedOf({ stripe }: Transaction): Money[] {
  const held = Map.groupBy(stripe?.disputes.filter(holdsFunds) ?? [], ({ currency }) => currency);
  return [...held].map(([currency, disputes]) => sumMoney(currency, disputes));
}

const SEPARATOR = " / ";

function majorCell(sums: readonly Money[]): string {
  return numberCell(sums.map(({ currency, amount }) => majorUnits(amount, currency)).join(SEPARATOR));
}

function minorCell(sums: readonly Money[]): string {
  return numberCell(sums.map(({ amount }) => amount).join(SEPARATOR));
}

function currencyCell(sums: readonly Money[]): string {
  return textCell(sums.map(({ currency }) => currency).join(SEPARATOR));
}

/** Amounts in the major unit. */
function describeDifference({ field, recorded, stripe }: Difference, currency: string): string {
  const [ours, theirs] = [recorded, stripe].map((value) =>
    typeof value === "number" ? majorUnits(value, currency) : String(value),
  );
  return `${field}: recorded ${ours}, Stripe ${theirs}`;
}
