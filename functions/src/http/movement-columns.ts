import { recordDefaults } from "../config.ts";
import { feesOf } from "../domain/balance-statement.ts";
import type { StoredBalanceTransaction } from "../domain/balance-transaction.ts";
import { dayOf } from "../domain/calendar.ts";
import { csvLine, numberCell, textCell } from "../domain/csv.ts";
import { majorUnits } from "../domain/currencies.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { MovementEntry } from "../store/balance-queries.ts";

type Cell = (movement: StoredBalanceTransaction, transaction: Transaction | null) => string;

/** Two columns: in major units, and in minor units as `amount_…`. */
function amountColumns(name: string, amountOf: (movement: StoredBalanceTransaction) => number): Record<string, Cell> {
  return {
    [name]: (movement) => numberCell(majorUnits(amountOf(movement), movement.currency)),
    [`amount_${name}`]: (movement) => numberCell(amountOf(movement)),
  };
}

/** The columns of a line per balance transaction, by their header. */
const COLUMNS: Readonly<Record<string, Cell>> = {
  balanceTransactionId: ({ id }) => textCell(id),
  createdAt: ({ createdAt }) => textCell(createdAt.toISOString()),
  day: ({ createdAt }) => textCell(dayOf(createdAt, recordDefaults().timeZone)),
  type: ({ type }) => textCell(type),
  reportingCategory: ({ reportingCategory }) => textCell(reportingCategory),
  currency: ({ currency }) => textCell(currency),
  ...amountColumns("gross", ({ amount }) => amount),
  ...amountColumns("fee", ({ fee }) => fee),
  ...amountColumns("net", ({ net }) => net),
  ...amountColumns("platform_fee", (movement) => feesOf(movement).platformFees),
  exchangeRate: ({ exchangeRate }) => numberCell(exchangeRate),
  status: ({ status }) => textCell(status),
  availableAt: ({ availableAt }) => textCell(availableAt.toISOString()),
  payoutId: ({ payoutId }) => textCell(payoutId),
  source: ({ source }) => textCell(source),
  description: ({ description }) => textCell(description),
  stripePaymentId: ({ stripePaymentId }) => textCell(stripePaymentId),
  name: (_movement, transaction) => textCell(transaction?.name ?? null),
  workshopId: (_movement, transaction) => textCell(transaction?.workshopId ?? null),
  workshopName: (_movement, transaction) => textCell(transaction?.workshopName ?? null),
  unreadable: () => "",
};

export function movementHeaderLine(): string {
  return csvLine(Object.keys(COLUMNS).map(textCell));
}

export function movementLine(entry: MovementEntry): string {
  if ("unreadable" in entry) {
    const known: Readonly<Record<string, string>> = { balanceTransactionId: entry.id, unreadable: entry.unreadable };
    return csvLine(Object.keys(COLUMNS).map((column) => textCell(known[column] ?? null)));
  }
  return csvLine(Object.values(COLUMNS).map((cell) => cell(entry.movement, entry.transaction)));
}
