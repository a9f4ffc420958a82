/** Head office's worklist: the open exceptions that the URL selects, their order, their sums and their file. */
import { compareTexts } from "../../functions/src/domain/canonical-json.ts";
import { BYTE_ORDER_MARK, csvLine, numberCell, textCell } from "../../functions/src/domain/csv.ts";
import { decimalsOf, majorUnits } from "../../functions/src/domain/currencies.ts";
import { discrepancySize } from "../../functions/src/domain/discrepancy-size.ts";
import type { Transaction } from "./firestore/transaction.ts";
import { NO_ENTRY, type WorklistEntry } from "./worklist-entry.ts";

export interface OpenException extends WorklistEntry {
  transaction: Transaction;
  /** What it is about, in minor units of the payment's currency. */
  size: number;
}

export function openException(transaction: Transaction, entry: WorklistEntry = NO_ENTRY): OpenException {
  return { ...entry, transaction, size: discrepancySize(transaction) };
}

export const KINDS = ["mismatched", "missing_in_portal", "missing_in_stripe"] as const;

/** In days. */
export const AGES = [1, 7, 30, 90] as const;

/** Of exceptions without an assignee, in the URL. */
export const NOBODY = "nobody";

/** Null: no restriction. */
export interface WorklistFilter {
  kind: string | null;
  /** Open for at least so many days. */
  days: number | null;
  /** At least so much, in the major unit of each payment's currency. */
  size: number | null;
  assignee: string | null;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The filter in a URL, without invalid values. */
export function readFilter(get: (name: string) => string | null): WorklistFilter {
  const [days, size] = [Number(get("days") ?? ""), Number(get("size") ?? "")];
  return {
    kind: KINDS.find((kind) => kind === get("kind")) ?? null,
    days: AGES.find((age) => age === days) ?? null,
    size: Number.isFinite(size) && size > 0 ? size : null,
    assignee: get("assignee"),
  };
}

export function isSelected({ transaction, size, assignee }: OpenException, filter: WorklistFilter, now: Date): boolean {
  const { exceptionOpenedAt, currency, reconciliation } = transaction;
  const openFor = now.getTime() - (exceptionOpenedAt?.getTime() ?? 0);
  return (
    (filter.kind === null || reconciliation.status === filter.kind) &&
    (filter.days === null || openFor >= filter.days * DAY_MS) &&
    (filter.size === null || size >= filter.size * 10 ** decimalsOf(currency)) &&
    (filter.assignee === null || (assignee ?? NOBODY) === filter.assignee)
  );
}

export const SORTS = ["paid", "opened", "size"] as const;

export type Sort = (typeof SORTS)[number];

/** `-` in front of it reverses the order. */
export function readSort(text: string | null): { by: Sort; isReversed: boolean } {
  const isReversed = text?.startsWith("-") ?? false;
  const by = SORTS.find((sort) => sort === (isReversed ? text?.slice(1) : text));
  return by ? { by, isReversed } : { by: "paid", isReversed: false };
}

/** The newest payment, the exception that is open the longest, or the largest one first; sizes by currency. */
const COMPARE: Readonly<Record<Sort, (a: OpenException, b: OpenException) => number>> = {
  paid: (a, b) => timeOf(b.transaction.createdAt) - timeOf(a.transaction.createdAt),
  opened: (a, b) => timeOf(a.transaction.exceptionOpenedAt) - timeOf(b.transaction.exceptionOpenedAt),
  size: (a, b) => compareTexts(a.transaction.currency, b.transaction.currency) || b.size - a.size,
};

export function sorted(
  all: readonly OpenException[],
  { by, isReversed }: ReturnType<typeof readSort>,
): OpenException[] {
  const direction = isReversed ? -1 : 1;
  return all.toSorted((a, b) => direction * COMPARE[by](a, b) || compareTexts(keyOf(a), keyOf(b)));
}

function timeOf(date: Date | null): number {
  return date?.getTime() ?? 0;
}

export function keyOf({ transaction: { franchiseeId, stripePaymentId } }: Pick<OpenException, "transaction">): string {
  return `${franchiseeId}/${stripePaymentId}`;
}

export interface Sum {
  currency: string;
  count: number;
  /** Of the payments, in minor units. */
  amount: number;
  size: number;
}

/** By currency, the most exceptions first. */
export function sumsOf(all: readonly OpenException[]): Sum[] {
  const sums = new Map<string, Sum>();
  for (const { transaction, size } of all) {
    const { currency, amount_total } = transaction;
    const sum = sums.get(currency) ?? { currency, count: 0, amount: 0, size: 0 };
    sums.set(currency, {
      currency,
      count: sum.count + 1,
      amount: sum.amount + Math.round(amount_total),
      size: sum.size + Math.round(size),
    });
  }
  return [...sums.values()].toSorted((a, b) => b.count - a.count || compareTexts(a.currency, b.currency));
}

type Cell = (exception: OpenException, businessName: string | null) => string;

/** Amounts in the major unit. */
const COLUMNS: Readonly<Record<string, Cell>> = {
  franchisee: (_exception, businessName) => textCell(businessName),
  account: ({ transaction }) => textCell(transaction.franchiseeId),
  stripePaymentId: ({ transaction }) => textCell(transaction.stripePaymentId),
  customer: ({ transaction }) => textCell(transaction.name),
  paid: ({ transaction }) => textCell(transaction.createdAt?.toISOString() ?? null),
  opened: ({ transaction }) => textCell(transaction.exceptionOpenedAt?.toISOString() ?? null),
  kind: ({ transaction }) => textCell(transaction.reconciliation.status),
  differences: ({ transaction }) =>
    textCell(
      transaction.reconciliation.differences
        .map(({ field, recorded, stripe }) => `${field}: ${String(recorded)}, Stripe ${String(stripe)}`)
        .join("; "),
    ),
  currency: ({ transaction }) => textCell(transaction.currency),
  total: ({ transaction }) => numberCell(majorUnits(transaction.amount_total, transaction.currency)),
  at_stake: ({ transaction, size }) => numberCell(majorUnits(size, transaction.currency)),
  assignee: ({ assignee }) => textCell(assignee),
  note: ({ note }) => textCell(note),
};

/** A line for each exception; `nameOf` is the name of a franchisee. */
export function worklistFile(all: readonly OpenException[], nameOf: (franchiseeId: string) => string | null): string {
  const lines = all.map((one) =>
    csvLine(Object.values(COLUMNS).map((cell) => cell(one, nameOf(one.transaction.franchiseeId)))),
  );
  return [BYTE_ORDER_MARK, csvLine(Object.keys(COLUMNS)), ...lines].join("");
}
