/** Converts balance transactions, payouts and balances (docs/data-model.md). Amounts are in minor units. */
import type { CategoryTotal, Deposit as DomainDeposit } from "../../../functions/src/domain/deposit.ts";
import { payoutUnitOf } from "../../../functions/src/domain/currencies.ts";
import { dateAt, entriesAt, listAt, numberAt, textAt, valueAt } from "./fields.ts";

/** A movement on the franchisee's Stripe balance. */
export interface Movement {
  id: string;
  reportingCategory: string;
  balanceType: string;
  currency: string;
  amount: number;
  fee: number;
  net: number;
  createdAt: Date | null;
  source: string | null;
  description: string | null;
  stripePaymentId: string | null;
  /** The deposit that lists it. */
  payoutId: string | null;
}

export interface Deposit {
  id: string;
  amount: number;
  currency: string;
  status: string;
  kind: string;
  createdAt: Date | null;
  arrivesAt: Date | null;
  bank: DomainDeposit["bank"];
  failure: DomainDeposit["failure"];
  statementDescriptor: string | null;
  originalPayoutId: string | null;
  reversedByPayoutId: string | null;
  composition: CategoryTotal[] | null;
}

/** The last comparison of the recorded movements with Stripe's balance. */
export interface Balance {
  checkedAt: Date | null;
  currencies: CheckedCurrency[];
  isExplained: boolean;
  unexplainedSince: Date | null;
}

export interface CheckedCurrency {
  currency: string;
  available: number;
  pending: number;
  recorded: number;
  difference: number;
}

export function toMovement(id: string, fields: unknown): Movement {
  return {
    id,
    reportingCategory: textAt(fields, "reportingCategory") ?? textAt(fields, "type") ?? "",
    balanceType: textAt(fields, "balanceType") ?? "payments",
    currency: textAt(fields, "currency") ?? "",
    amount: numberAt(fields, "amount") ?? 0,
    fee: numberAt(fields, "fee") ?? 0,
    net: numberAt(fields, "net") ?? 0,
    createdAt: dateAt(fields, "createdAt"),
    source: textAt(fields, "source"),
    description: textAt(fields, "description"),
    stripePaymentId: textAt(fields, "stripePaymentId"),
    payoutId: textAt(fields, "payoutId"),
  };
}

export function toDeposit(id: string, fields: unknown): Deposit {
  return {
    id,
    amount: numberAt(fields, "amount") ?? 0,
    currency: textAt(fields, "currency") ?? "",
    status: textAt(fields, "status") ?? "",
    kind: textAt(fields, "kind") ?? "",
    createdAt: dateAt(fields, "createdAt"),
    arrivesAt: dateAt(fields, "arrivesAt"),
    bank: toBank(valueAt(fields, "bank")),
    failure: toFailure(valueAt(fields, "failure")),
    statementDescriptor: textAt(fields, "statementDescriptor"),
    originalPayoutId: textAt(fields, "originalPayoutId"),
    reversedByPayoutId: textAt(fields, "reversedByPayoutId"),
    composition: Array.isArray(valueAt(fields, "composition"))
      ? listAt(fields, "composition").map(toCategoryTotal)
      : null,
  };
}

function toBank(fields: unknown): Deposit["bank"] {
  const [name, last4] = [textAt(fields, "name"), textAt(fields, "last4")];
  return name === null && last4 === null ? null : { name, last4: last4?.slice(-4) ?? null };
}

function toFailure(fields: unknown): Deposit["failure"] {
  const [code, message] = [textAt(fields, "code"), textAt(fields, "message")];
  return code === null && message === null ? null : { code, message };
}

export function toCategoryTotal(fields: unknown): CategoryTotal {
  return {
    reportingCategory: textAt(fields, "reportingCategory") ?? "",
    count: numberAt(fields, "count") ?? 0,
    amount: numberAt(fields, "amount") ?? 0,
    fee: numberAt(fields, "fee") ?? 0,
    net: numberAt(fields, "net") ?? 0,
  };
}

/** Null before the first comparison. */
export function toBalance(fields: unknown): Balance | null {
  const isExplained = valueAt(fields, "isExplained");
  if (typeof isExplained !== "boolean") return null;
  const currencies = entriesAt(fields, "currencies").map(([currency, one]) => ({
    currency,
    available: numberAt(one, "available") ?? 0,
    pending: numberAt(one, "pending") ?? 0,
    recorded: numberAt(one, "recorded") ?? 0,
    difference: numberAt(one, "difference") ?? 0,
  }));
  return {
    checkedAt: dateAt(fields, "checkedAt"),
    currencies: currencies.toSorted((a, b) => (a.currency < b.currency ? -1 : 1)),
    isExplained,
    unexplainedSince: dateAt(fields, "unexplainedSince"),
  };
}

/**
 * Whether its content explains a deposit. `remainder`: up to an amount that cannot be paid out. `running balance`:
 * Stripe lists no content of manual and instant deposits. `composing`: Stripe does not list it yet.
 */
export type Explanation =
  | { state: "explained" | "running balance" | "composing" }
  /** What the content's net exceeds the deposit by. */
  | { state: "remainder" | "differs"; difference: number };

export function explanationOf({ kind, amount, currency, composition }: Deposit): Explanation {
  if (composition === null) return { state: kind === "automatic" ? "composing" : "running balance" };
  const difference = netOf(composition) - amount;
  if (difference === 0) return { state: "explained" };
  return { state: Math.abs(difference) < payoutUnitOf(currency) ? "remainder" : "differs", difference };
}

export function netOf(totals: readonly { net: number }[]): number {
  return totals.reduce((sum, { net }) => sum + net, 0);
}

/** Whether an account is paid out by hand: instant deposits say nothing about its schedule. Newest first. */
export function isPaidByHand(deposits: readonly Pick<Deposit, "kind">[]): boolean {
  return deposits.find(({ kind }) => kind !== "instant")?.kind === "manual";
}
