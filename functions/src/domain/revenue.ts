/**
 * What a franchisee's payments come to. Every number that people read is a sum of figures, and every figure a sum over the
 * transactions: `figuresOf` says what one transaction adds to each, and is the only place that does. Pure.
 */
import { createHash } from "node:crypto";
import { monthOf } from "./calendar.ts";
import { compareTexts } from "./canonical-json.ts";
import { EXCEPTION_STATES } from "./reconciliation-exception.ts";
import { RECONCILIATION_STATUSES } from "./reconciliation.ts";
import { holdsFunds } from "./stripe-snapshot.ts";
import type { Transaction } from "./transaction.ts";
import { NO_TOTALS, TOTAL_FIELDS, type Totals } from "./totals.ts";

/** Totals by currency (ISO 4217, lower case). */
export type Revenue = Record<string, Totals>;

/** Whose payments count: those of the mode that this deployment serves. */
export interface Reporting {
  livemode: boolean;
}

/**
 * What a transaction adds to its franchisee's revenue: nothing, unless it has succeeded and is of the deployment's mode. Sales that are
 * unrelated to the business add nothing either; they are counted separately.
 */
export function contribution(transaction: Transaction, reporting: Reporting): Revenue {
  return isUnrelatedSale(transaction) ? {} : moneyOf(transaction, reporting);
}

/** What a transaction adds to the franchisee's own, unrelated sales. */
export function unrelatedContribution(transaction: Transaction, reporting: Reporting): Revenue {
  return isUnrelatedSale(transaction) ? moneyOf(transaction, reporting) : {};
}

function isUnrelatedSale({ reconciliation }: Transaction): boolean {
  return reconciliation.status === "unrelated";
}

function moneyOf(transaction: Transaction, { livemode }: Reporting): Revenue {
  const revenue: Revenue = {};
  if (transaction.status !== "succeeded" || transaction.livemode !== livemode) return revenue;
  const add = (currency: string, amounts: Partial<Totals>): void => {
    const known = revenue[currency] ?? NO_TOTALS;
    const sum = TOTAL_FIELDS.map((field) => [field, known[field] + (amounts[field] ?? 0)] as const);
    revenue[currency] = { ...known, ...Object.fromEntries(sum) };
  };
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
  const adjustments = stripe.netAdjustment
    ? [stripe.netAdjustment, ...stripe.otherAdjustments]
    : stripe.otherAdjustments;
  for (const { currency, amount } of adjustments) add(currency, { netAdjustment: amount });
  return revenue;
}

/** The legacy service took fractions of a minor unit, which nobody can be paid, and of which no sum would be exact. */
function whole(amount: number): number {
  return Math.round(amount);
}

/**
 * Numbers by where they stand, `<document>/<field>/<field>/…`. The document is `lifetime`, which is the franchisee's own, or a
 * month. For example `lifetime/totals/cad/gross`, `lifetime/reconciliation/matched`, `2025-11/days/2025-11-14/cad/net`, `2025-11/unrelated/cad/count`.
 */
export type Figures = ReadonlyMap<string, number>;

/** What this transaction adds to each figure of its franchisee. */
export function figuresOf(transaction: Transaction, reporting: Reporting): Figures {
  const figures = new Map<string, number>();
  for (const status of RECONCILIATION_STATUSES) {
    figures.set(`lifetime/reconciliation/${status}`, transaction.reconciliation.status === status ? 1 : 0);
  }
  for (const state of EXCEPTION_STATES) {
    figures.set(`lifetime/exceptions/${state}`, transaction.exception === state ? 1 : 0);
  }
  const { day } = transaction;
  const month = monthOf(day);
  const workshop = workshopKey(transaction.workshopId);
  for (const [currency, totals] of Object.entries(contribution(transaction, reporting))) {
    for (const field of TOTAL_FIELDS) {
      const amount = totals[field];
      figures.set(`lifetime/totals/${currency}/${field}`, amount);
      figures.set(`${month}/totals/${currency}/${field}`, amount);
      figures.set(`${month}/days/${day}/${currency}/${field}`, amount);
      figures.set(`${month}/workshops/${workshop}/totals/${currency}/${field}`, amount);
    }
  }
  for (const [currency, totals] of Object.entries(unrelatedContribution(transaction, reporting))) {
    for (const field of TOTAL_FIELDS) {
      figures.set(`lifetime/unrelated/${currency}/${field}`, totals[field]);
      figures.set(`${month}/unrelated/${currency}/${field}`, totals[field]);
    }
  }
  return figures;
}

/** A field's name for any id that an orchestrator may send; `none` for the payments that name no workshop. */
export function workshopKey(workshopId: string | null): string {
  return workshopId === null ? "none" : createHash("sha256").update(workshopId).digest("hex").slice(0, 32);
}

/**
 * What becomes of each figure when a transaction (null: there was none) changes. Of totals that change in nothing there is
 * nothing here; of those that do, every number, so that nobody has to wonder about one that is missing.
 */
export function changeOf(before: Transaction | null, after: Transaction, reporting: Reporting): Figures {
  const change = new Map(figuresOf(after, reporting));
  for (const [figure, number] of before ? figuresOf(before, reporting) : []) {
    change.set(figure, (change.get(figure) ?? 0) - number);
  }
  if (!before) return change;
  const changed = new Set([...change].filter(([, number]) => number !== 0).map(([figure]) => groupOf(figure)));
  return new Map([...change].filter(([figure]) => changed.has(groupOf(figure))));
}

/** Everything of a figure's name but its last field. */
export function groupOf(figure: string): string {
  return figure.slice(0, figure.lastIndexOf("/"));
}

/** The sum of these, by currency, without the currencies in which it is nothing. */
export function sumOf(revenues: readonly Revenue[]): Revenue {
  const sum = new Map<string, Totals>();
  for (const [currency, totals] of revenues.flatMap((revenue) => Object.entries(revenue))) {
    const known = { ...(sum.get(currency) ?? NO_TOTALS) };
    for (const field of TOTAL_FIELDS) known[field] += totals[field];
    sum.set(currency, known);
  }
  const some = [...sum].filter(([, totals]) => !isNothing(totals));
  return Object.fromEntries(some.toSorted(([a], [b]) => compareTexts(a, b)));
}

function isNothing(totals: Totals): boolean {
  return TOTAL_FIELDS.every((field) => totals[field] === 0);
}

/** Adds figures to others, in place. */
export function addFigures(sum: Map<string, number>, figures: Figures): void {
  for (const [figure, number] of figures) sum.set(figure, (sum.get(figure) ?? 0) + number);
}

/** What is missing from `stored` so that it says what is `right`; none of it is 0. */
export function driftOf(right: Figures, stored: Figures): Figures {
  const drift = new Map(right);
  for (const [figure, number] of stored) drift.set(figure, (drift.get(figure) ?? 0) - number);
  return new Map([...drift].filter(([, number]) => number !== 0));
}
