/** The orders of the list of payments, by its columns. */
import { compareTexts } from "../../functions/src/domain/canonical-json.ts";
import type { Transaction } from "./firestore/transaction.ts";
import { earnedOf } from "./waterfall.ts";

export const ORDERS = ["customer", "workshop", "date", "status", "amount", "net", "earned"] as const;

export type Order = (typeof ORDERS)[number];

export interface PaymentOrder {
  by: Order;
  isAscending: boolean;
}

/** What the list is without another order. */
export const NEWEST_FIRST: PaymentOrder = { by: "date", isAscending: false };

/** `-` in front of a column is descending. */
export function readOrder(text: string | null): PaymentOrder {
  const isAscending = !(text?.startsWith("-") ?? true);
  const by = ORDERS.find((order) => order === (isAscending ? text : text?.slice(1)));
  return by ? { by, isAscending } : NEWEST_FIRST;
}

/** As in the URL; null for the newest first. */
export function orderText({ by, isAscending }: PaymentOrder): string | null {
  if (by === NEWEST_FIRST.by && isAscending === NEWEST_FIRST.isAscending) return null;
  return `${isAscending ? "" : "-"}${by}`;
}

export function isNewestFirst(order: PaymentOrder): boolean {
  return orderText(order) === null;
}

/** Amounts are sorted by currency first: those of several have no order. Payments without a value come last. */
const COMPARE: Readonly<Record<Order, (a: Transaction, b: Transaction, direction: number) => number>> = {
  customer: byText(({ name }) => name),
  workshop: byText(({ workshopName }) => workshopName),
  status: byText(({ status }) => status),
  date: (a, b, direction) => direction * (timeOf(a) - timeOf(b)),
  amount: byAmount(({ amount_total }) => amount_total),
  net: byAmount(({ amount_franchisee_net }) => amount_franchisee_net),
  earned: byAmount((transaction) => earnedOf(transaction)?.get(transaction.currency) ?? null),
};

/** Equal ones: the newest first. */
export function inOrder(all: readonly Transaction[], { by, isAscending }: PaymentOrder): Transaction[] {
  const direction = isAscending ? 1 : -1;
  return all.toSorted(
    (a, b) =>
      COMPARE[by](a, b, direction) || timeOf(b) - timeOf(a) || compareTexts(b.stripePaymentId, a.stripePaymentId),
  );
}

function byText(of: (transaction: Transaction) => string | null) {
  return (a: Transaction, b: Transaction, direction: number): number => {
    const [one, other] = [of(a), of(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return direction * one.localeCompare(other);
  };
}

function byAmount(of: (transaction: Transaction) => number | null) {
  return (a: Transaction, b: Transaction, direction: number): number => {
    const [one, other] = [of(a), of(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return compareTexts(a.currency, b.currency) || direction * (one - other);
  };
}

function timeOf({ createdAt }: Transaction): number {
  return createdAt?.getTime() ?? 0;
}
