import { csvLine, numberCell, textCell } from "../domain/csv.ts";
import { majorUnits, type Money, sumMoney } from "../domain/money.ts";
import { mapDetails } from "../domain/payment-details.ts";
import type { Difference } from "../domain/reconciliation.ts";
import { holdsFunds } from "../domain/stripe-snapshot.ts";
import type { Transaction } from "../domain/transaction.ts";

type Cell = (transaction: Transaction) => string;

/** The columns of the export by their header. `amount_…` are minor units. */
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
  ...moneyColumns("refunded", refundedOf),
  ...moneyColumns("disputed", disputedOf),
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

/** The amounts that banks hold now, by currency; rarely more than one. */
function disputedOf({ stripe }: Transaction): Money[] {
  const held = Map.groupBy(stripe?.disputes.filter(holdsFunds) ?? [], ({ currency }) => currency);
  return [...held].map(([currency, disputes]) => sumMoney(currency, disputes));
}

/** Three columns of sums: in major units, in minor units, and their currencies. */
function moneyColumns(name: string, sumsOf: (transaction: Transaction) => Money[]): Record<string, Cell> {
  const joined = (transaction: Transaction, text: (sum: Money) => string | number): string =>
    sumsOf(transaction).map(text).join(" / ");
  return {
    [name]: (transaction) => numberCell(joined(transaction, ({ amount, currency }) => majorUnits(amount, currency))),
    [`amount_${name}`]: (transaction) => numberCell(joined(transaction, ({ amount }) => amount)),
    [`${name}_currency`]: (transaction) => textCell(joined(transaction, ({ currency }) => currency)),
  };
}

/** With amounts in major units. */
function describeDifference({ field, recorded, stripe }: Difference, currency: string): string {
  const [ours, theirs] = [recorded, stripe].map((value) =>
    typeof value === "number" ? majorUnits(value, currency) : String(value),
  );
  return `${field}: recorded ${ours}, Stripe ${theirs}`;
}
