import { csvLine, numberCell, textCell } from "../domain/csv.ts";
import { majorUnits } from "../domain/money.ts";
import { mapDetails } from "../domain/payment-details.ts";
import type { Difference } from "../domain/reconciliation.ts";
import { holdsFunds } from "../domain/stripe-snapshot.ts";
import type { Transaction } from "../domain/transaction.ts";

type Cell = (transaction: Transaction) => string;

/** What a line of the export tells, by the names in its header. `amount_…` are minor units, as everywhere. */
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
    textCell(differences.map((difference) => told(difference, currency)).join("; ")),
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

/** The line of a document that cannot be read: nothing of it but its id, and why. */
export function unreadableLine(stripePaymentId: string, unreadable: string): string {
  const known: Readonly<Record<string, string>> = { stripePaymentId, unreadable };
  return csvLine(Object.keys(COLUMNS).map((column) => textCell(known[column] ?? null)));
}

/** An amount that a bank or a customer got back, in minor units. */
interface Money {
  currency: string;
  amount: number;
}

function refundedOf({ stripe }: Transaction): Money[] {
  return stripe && stripe.amountRefunded !== 0
    ? [{ currency: stripe.charged.currency, amount: stripe.amountRefunded }]
    : [];
}

/** What banks hold at the moment, a sum for each currency; as good as always there is one. */
function disputedOf({ stripe }: Transaction): Money[] {
  const held = Map.groupBy(stripe?.disputes.filter(holdsFunds) ?? [], ({ currency }) => currency);
  return [...held].map(([currency, disputes]) => ({
    currency,
    amount: disputes.reduce((sum, { amount }) => sum + amount, 0),
  }));
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

/** A difference in words; its amounts are in the major unit. */
function told({ field, recorded, stripe }: Difference, currency: string): string {
  const [ours, theirs] = [recorded, stripe].map((value) =>
    typeof value === "number" ? majorUnits(value, currency) : String(value),
  );
  return `${field}: recorded ${ours}, Stripe ${theirs}`;
}
