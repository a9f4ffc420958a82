/**
 * The totals of a franchisee's payments. Each total is a counter, and each counter a sum over the transactions:
 * `countersOf` alone defines what a transaction adds to each.
 */
import { createHash, createHmac } from "node:crypto";
import { monthOf } from "./calendar.ts";
import { compareTexts } from "./canonical-json.ts";
import { EXCEPTION_STATES } from "./reconciliation-exception.ts";
import { RECONCILIATION_STATUSES } from "./reconciliation.ts";
import { holdsFunds } from "./reversal-statuses.ts";
import type { Transaction } from "./transaction.ts";
import { NO_TOTALS, TOTAL_FIELDS, type Totals } from "./totals.ts";

/** Totals by currency (ISO 4217, lower case). */
export type Revenue = Record<string, Totals>;

export interface Reporting {
  /** The mode whose payments count. */
  livemode: boolean;
}

/**
 * What a transaction adds to its franchisee's revenue: nothing, unless it has succeeded in the deployment's mode.
 * Unrelated sales are counted separately.
 */
export function contribution(transaction: Transaction, reporting: Reporting): Revenue {
  return isUnrelatedSale(transaction) ? {} : moneyOf(transaction, reporting);
}

/** What a transaction adds to the franchisee's unrelated sales. */
export function unrelatedContribution(transaction: Transaction, reporting: Reporting): Revenue {
  return isUnrelatedSale(transaction) ? moneyOf(transaction, reporting) : {};
}

function isUnrelatedSale({ reconciliation }: Transaction): boolean {
  return reconciliation.status === "unrelated";
}

/** What a transaction adds to the revenue or to the unrelated sales. */
export function moneyOf(transaction: Transaction, { livemode }: Reporting): Revenue {
  const revenue: Revenue = {};
  if (transaction.status !== "succeeded" || transaction.livemode !== livemode) return revenue;
  const add = (currency: string, amounts: Partial<Totals>) => addRevenue(revenue, { [currency]: amounts });
  add(transaction.currency, {
    count: 1,
    gross: whole(transaction.amount_total),
    stripeFees: whole(transaction.amount_stripe_fee),
    platformFees: whole(transaction.amount_platform_fee),
    net: whole(transaction.amount_franchisee_net),
  });
  const { stripe } = transaction;
  if (!stripe) return revenue;
  if (stripe.amountRefunded !== 0) add(stripe.charged.currency, { refunded: stripe.amountRefunded });
  for (const { currency, amount } of stripe.disputes.filter(holdsFunds)) add(currency, { disputed: amount });
  for (const adjustment of [stripe.netAdjustment, ...stripe.otherAdjustments]) {
    if (adjustment) add(adjustment.currency, { netAdjustment: adjustment.amount });
  }
  for (const { currency, refunds, disputes, disputeFees, feesReturned } of stripe.adjustmentParts) {
    add(currency, {
      refundsDeducted: -refunds,
      disputesDeducted: -disputes,
      disputeFees: -disputeFees,
      feesReturned,
    });
  }
  return revenue;
}

/** The legacy service accepted fractions of a minor unit, which have no exact sum. */
function whole(amount: number): number {
  return Math.round(amount);
}

/**
 * Numbers by name, `<document>/<field>/<field>/…`, such as `lifetime/totals/cad/gross`, `lifetime/exceptions/open` or
 * `2025-11/days/2025-11-14/cad/net`. The document is the franchisee's own (`lifetime`), or a month's.
 */
export type Counters = ReadonlyMap<string, number>;

export function countersOf(transaction: Transaction, reporting: Reporting): Counters {
  const counters = new Map<string, number>();
  for (const status of RECONCILIATION_STATUSES) {
    counters.set(`lifetime/reconciliation/${status}`, transaction.reconciliation.status === status ? 1 : 0);
  }
  for (const state of EXCEPTION_STATES) {
    counters.set(`lifetime/exceptions/${state}`, transaction.exception === state ? 1 : 0);
  }
  const { day } = transaction;
  const month = monthOf(day);
  const workshop = workshopKey(transaction);
  for (const [currency, totals] of Object.entries(contribution(transaction, reporting))) {
    for (const field of TOTAL_FIELDS) {
      const amount = totals[field];
      counters.set(`lifetime/totals/${currency}/${field}`, amount);
      counters.set(`${month}/totals/${currency}/${field}`, amount);
      counters.set(`${month}/days/${day}/${currency}/${field}`, amount);
      counters.set(`${month}/workshops/${workshop}/totals/${currency}/${field}`, amount);
    }
  }
  for (const [currency, totals] of Object.entries(unrelatedContribution(transaction, reporting))) {
    for (const field of TOTAL_FIELDS) {
      counters.set(`lifetime/unrelated/${currency}/${field}`, totals[field]);
      counters.set(`${month}/unrelated/${currency}/${field}`, totals[field]);
    }
  }
  return counters;
}

/**
 * A name for a workshop and one type of the organizations that book it; `none` for payments without either. Only those
 * that name a type depend on it, as documents of earlier versions know no type.
 */
export function workshopKey({ workshopId, organizationType }: Workshop): string {
  if (organizationType !== null) {
    return createHmac("sha256", organizationType).update(JSON.stringify(workshopId)).digest("hex").slice(0, 32);
  }
  return workshopId === null ? "none" : createHash("sha256").update(workshopId).digest("hex").slice(0, 32);
}

type Workshop = Pick<Transaction, "workshopId" | "organizationType">;

/**
 * The change of each counter when a transaction changes; `before` is null for a new one. Contains all counters of each
 * group that changes.
 */
export function changeOf(before: Transaction | null, after: Transaction, reporting: Reporting): Counters {
  const change = new Map(countersOf(after, reporting));
  for (const [counter, number] of before ? countersOf(before, reporting) : []) {
    change.set(counter, (change.get(counter) ?? 0) - number);
  }
  if (!before) return change;
  const changed = new Set([...change].filter(([, number]) => number !== 0).map(([counter]) => groupOf(counter)));
  return new Map([...change].filter(([counter]) => changed.has(groupOf(counter))));
}

/** A counter's name without its last field. */
export function groupOf(counter: string): string {
  return counter.slice(0, counter.lastIndexOf("/"));
}

/** Adds in place. */
export function addRevenue(sum: Revenue, revenue: Readonly<Record<string, Partial<Totals>>>): void {
  for (const [currency, totals] of Object.entries(revenue)) {
    const known = (sum[currency] ??= { ...NO_TOTALS });
    for (const field of TOTAL_FIELDS) known[field] += totals[field] ?? 0;
  }
}

/** The sum by currency, without currencies in which all totals are 0. */
export function sumOf(revenues: readonly Revenue[]): Revenue {
  const sum: Revenue = {};
  for (const revenue of revenues) addRevenue(sum, revenue);
  const used = Object.entries(sum).filter(([, totals]) => TOTAL_FIELDS.some((field) => totals[field] !== 0));
  return Object.fromEntries(used.toSorted(([a], [b]) => compareTexts(a, b)));
}

/** Adds in place. */
export function addCounters(sum: Map<string, number>, counters: Counters): void {
  for (const [counter, number] of counters) sum.set(counter, (sum.get(counter) ?? 0) + number);
}

/** The nonzero differences: `right` minus `stored`. */
export function driftOf(right: Counters, stored: Counters): Counters {
  const drift = new Map(right);
  for (const [counter, number] of stored) drift.set(counter, (drift.get(counter) ?? 0) - number);
  return new Map([...drift].filter(([, number]) => number !== 0));
}
