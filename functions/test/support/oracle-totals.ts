/**
 * A franchisee's expected totals, recomputed from the stored transactions. It shares no code with the implementation:
 * documents in, differences out. It treats zero and missing alike.
 */
import { Timestamp } from "firebase-admin/firestore";
import { z } from "zod";

/** All documents of one franchisee at one moment. */
export interface Stored {
  franchisee: unknown;
  /** By id, which is the month. */
  months: ReadonlyMap<string, unknown>;
  workshops: readonly StoredWorkshop[];
  transactions: readonly unknown[];
}

/** The document of one workshop in one month. */
export interface StoredWorkshop {
  month: string;
  fields: unknown;
}

export interface TotalsOptions {
  livemode: boolean;
  timeZone: string;
}

/**
 * Returns one line for each number that differs from the sum of the transactions, with both values. Also reports
 * workshop documents without content, and currencies to which no payment adds anything.
 */
export function wrongTotals(stored: Stored, options: TotalsOptions): string[] {
  const right = new Sums();
  for (const transaction of stored.transactions) countIn(right, transactionSchema.parse(transaction), options);
  const found = totalsIn(stored);
  const empty = stored.workshops.flatMap(({ month, fields }) => {
    const { workshopId, totals } = workshopSchema.parse(fields);
    const isEmpty = Object.values(totals).every((one) => Object.values(one).every((number) => number === 0));
    const name = workshopName(month, workshopId);
    if (isEmpty) return [`${name} has a document, and comes to nothing`];
    const left = Object.keys(totals).filter((currency) => !right.currencies.has(`${name} ${currency}`));
    return left.map((currency) => `${name} has ${currency}, in which it has no payment`);
  });
  const wrong = [...new Set([...right.keys(), ...found.keys()])].toSorted().flatMap((figure) => {
    const [is, should] = [found.get(figure) ?? 0, right.get(figure) ?? 0];
    return is === should ? [] : [`${figure} is ${is}, and should be ${should}`];
  });
  return [...wrong, ...empty];
}

/** The stored totals. */
export function totalsIn({ franchisee, months, workshops }: Stored): ReadonlyMap<string, number> {
  const found = new Sums();
  readFranchisee(found, franchisee);
  for (const [month, document] of months) readMonth(found, month, document);
  for (const { month, fields } of workshops) readWorkshop(found, month, workshopSchema.parse(fields));
  return found;
}

/** Numbers by name, such as `lifetime cad gross`, `2025-11 day 2025-11-14 cad net`. */
class Sums extends Map<string, number> {
  /** Places and currencies with any addition, such as `2025-11 cad`. */
  readonly currencies = new Set<string>();

  add(figure: string, number: number): void {
    this.set(figure, (this.get(figure) ?? 0) + number);
  }
}

const transactionSchema = z.object({
  status: z.string().nullable().default(null),
  livemode: z.boolean().default(false),
  currency: z.string().default("cad"),
  amount_total: z.number(),
  amount_stripe_fee: z.number(),
  amount_platform_fee: z.number(),
  amount_franchisee_net: z.number(),
  workshopId: z.string().nullable().default(null),
  createdAt: z.instanceof(Timestamp),
  exception: z.string().nullable().default(null),
  reconciliation: z.object({ status: z.string() }).default({ status: "expected" }),
  stripe: z
    .object({
      charged: z.object({ currency: z.string() }),
      amountRefunded: z.number(),
      disputes: z.array(z.object({ amount: z.number(), currency: z.string(), status: z.string() })),
      netAdjustment: z.object({ amount: z.number(), currency: z.string() }).nullable(),
      otherAdjustments: z.array(z.object({ amount: z.number(), currency: z.string() })).default([]),
      adjustmentParts: z
        .array(
          z.object({
            currency: z.string(),
            refunds: z.number(),
            disputes: z.number(),
            disputeFees: z.number(),
            feesReturned: z.number(),
          }),
        )
        .default([]),
    })
    .nullable()
    .default(null),
});

/** In these statuses, the bank has the money. */
const HELD_BY_BANK = /^(needs_response|under_review|lost)$/;

function countIn(sums: Sums, one: z.infer<typeof transactionSchema>, { livemode, timeZone }: TotalsOptions): void {
  sums.add(`reconciliation ${one.reconciliation.status}`, 1);
  if (one.exception !== null) sums.add(`exception ${one.exception}`, 1);
  if (one.status !== "succeeded" || one.livemode !== livemode) return;

  const day = dayIn(timeZone, one.createdAt.toDate());
  const month = day.replace(/-\d\d$/, "");
  // Sales unrelated to the business are counted separately, and not by day or workshop.
  const places =
    one.reconciliation.status === "unrelated"
      ? ["lifetime unrelated", `${month} unrelated`]
      : ["lifetime", month, `${month} day ${day}`, workshopName(month, one.workshopId)];
  const add = (currency: string, field: string, amount: number): void => {
    for (const place of places) {
      sums.add(`${place} ${currency} ${field}`, amount);
      if (amount !== 0) sums.currencies.add(`${place} ${currency}`);
    }
  };
  add(one.currency, "count", 1);
  add(one.currency, "gross", Math.floor(one.amount_total + 0.5));
  add(one.currency, "stripeFees", Math.floor(one.amount_stripe_fee + 0.5));
  add(one.currency, "platformFees", Math.floor(one.amount_platform_fee + 0.5));
  add(one.currency, "net", Math.floor(one.amount_franchisee_net + 0.5));
  if (!one.stripe) return;
  add(one.stripe.charged.currency, "refunded", one.stripe.amountRefunded);
  for (const { amount, currency, status } of one.stripe.disputes) {
    if (HELD_BY_BANK.test(status)) add(currency, "disputed", amount);
  }
  const { netAdjustment } = one.stripe;
  for (const { currency, amount } of netAdjustment
    ? [netAdjustment, ...one.stripe.otherAdjustments]
    : one.stripe.otherAdjustments) {
    add(currency, "netAdjustment", amount);
  }
  for (const { currency, ...parts } of one.stripe.adjustmentParts) {
    add(currency, "refundsDeducted", -parts.refunds);
    add(currency, "disputesDeducted", -parts.disputes);
    add(currency, "disputeFees", -parts.disputeFees);
    add(currency, "feesReturned", parts.feesReturned);
  }
}

/** The workshop's id from its document, whatever key it is stored under. */
function workshopName(month: string, workshopId: string | null | undefined): string {
  return `${month} workshop ${workshopId === undefined ? "without a label" : JSON.stringify(workshopId)}`;
}

/** Swedish dates have the format that is needed here. */
export function dayIn(timeZone: string, instant: Date): string {
  let format = days.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" });
    days.set(timeZone, format);
  }
  return format.format(instant);
}

const days = new Map<string, Intl.DateTimeFormat>();

const numbers = z.record(z.string(), z.number());
const revenue = z.record(z.string(), numbers).default({});
const franchiseeSchema = z.object({
  totals: revenue,
  unrelated: revenue,
  reconciliation: numbers.default({}),
  exceptions: numbers.default({}),
});
const monthSchema = z.object({
  totals: revenue,
  unrelated: revenue,
  days: z.record(z.string(), revenue).default({}),
  // The former place of workshops.
  workshops: z.record(z.string(), z.unknown()).default({}),
});
const workshopSchema = z.object({ workshopId: z.string().nullable().optional(), totals: revenue });

function readFranchisee(sums: Sums, document: unknown): void {
  const { totals, unrelated, reconciliation, exceptions } = franchiseeSchema.parse(document ?? {});
  addAll(sums, "lifetime unrelated", unrelated);
  for (const [status, count] of Object.entries(reconciliation)) sums.add(`reconciliation ${status}`, count);
  for (const [state, count] of Object.entries(exceptions)) sums.add(`exception ${state}`, count);
  addAll(sums, "lifetime", totals);
}

function readMonth(sums: Sums, month: string, document: unknown): void {
  const { totals, unrelated, days: byDay, workshops } = monthSchema.parse(document);
  addAll(sums, `${month} unrelated`, unrelated);
  addAll(sums, month, totals);
  for (const [day, ofDay] of Object.entries(byDay)) addAll(sums, `${month} day ${day}`, ofDay);
  for (const workshop of Object.values(workshops)) readWorkshop(sums, month, workshopSchema.parse(workshop));
}

function readWorkshop(sums: Sums, month: string, { workshopId, totals }: z.infer<typeof workshopSchema>): void {
  addAll(sums, workshopName(month, workshopId), totals);
}

function addAll(sums: Sums, place: string, totals: z.infer<typeof revenue>): void {
  for (const [currency, fields] of Object.entries(totals)) {
    for (const [field, number] of Object.entries(fields)) sums.add(`${place} ${currency} ${field}`, number);
  }
}
