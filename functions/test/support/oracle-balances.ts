/**
 * What must be stored of a franchisee's Stripe balance after a sync, derived from the fake Stripe's books alone, and
 * everything in which the stored documents differ from it. It imports only types from `src/`.
 */
import { Timestamp } from "firebase-admin/firestore";
import type Stripe from "stripe";
import { z } from "zod";
import { balanceOf } from "../../testing/fake-stripe/balances.ts";
import type { FakeBooks } from "../../testing/fake-stripe/books.ts";
import { payoutUnit } from "../../testing/fake-stripe/payout-content.ts";
import type { StoredBalanceTransaction } from "../../src/domain/balance-transaction.ts";
import type { CategoryTotal, Deposit } from "../../src/domain/deposit.ts";
import { adjustmentPartsIn, isReleased } from "./oracle.ts";
import { dayIn } from "./oracle-totals.ts";

/** All documents of one franchisee's balance at one moment, as Firestore returns them, by their ids. */
export interface StoredAccount {
  franchisee: unknown;
  balanceTransactions: ReadonlyMap<string, unknown>;
  payouts: ReadonlyMap<string, unknown>;
  transactions: ReadonlyMap<string, unknown>;
}

/** Returns one line for each difference, with both values. */
export function wrongBalances(stored: StoredAccount, books: FakeBooks, account: string, timeZone: string): string[] {
  books.releaseFunds();
  const movements = read(stored.balanceTransactions, movementSchema);
  const payouts = read(stored.payouts, z.looseObject({}));
  return [
    ...wrongMovements(movements, books, account),
    ...wrongPayouts(payouts, books, account),
    ...wrongSums(movements, balanceOf(books, account)),
    ...wrongMonths(movements, books, account, timeZone),
    ...wrongComparison(stored.franchisee, balanceOf(books, account)),
    ...wrongPayments(movements, read(stored.transactions, transactionSchema), books, account),
  ];
}

type Json = Record<string, unknown>;

const date = (seconds: number): Date => new Date(seconds * 1000);

/** Documents with dates instead of Firestore's timestamps. */
function read<T>(documents: ReadonlyMap<string, unknown>, schema: z.ZodType<T>): Map<string, T> {
  return new Map([...documents].map(([id, fields]) => [id, schema.parse(plain(fields))]));
}

function plain(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate();
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return Array.from<unknown, unknown>(value, plain);
  return Object.fromEntries(Object.entries<unknown>({ ...value }).map(([key, one]) => [key, plain(one)]));
}

/** The same text for the same content. */
function text(value: unknown): string {
  const inOrder = (_key: string, one: unknown): unknown => {
    if (typeof one !== "object" || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  };
  return JSON.stringify(value, inOrder);
}

function differences(name: string, actual: Json | undefined, expected: object | undefined): string[] {
  if (!expected) return [`${name} is stored, and Stripe has none`];
  if (!actual) return [`${name} is missing`];
  return Object.entries(expected).flatMap(([field, should]) => {
    const is = actual[field];
    return text(is) === text(should) ? [] : [`${name}: ${field} is ${text(is)}, and should be ${text(should)}`];
  });
}

function compareAll(kind: string, actual: ReadonlyMap<string, Json>, expected: ReadonlyMap<string, object>): string[] {
  const ids = [...new Set([...actual.keys(), ...expected.keys()])].toSorted();
  return ids.flatMap((id) => differences(`${kind} ${id}`, actual.get(id), expected.get(id)));
}

// Balance transactions

/** A document that lacks fields counts as nothing. */
const movementSchema = z.looseObject({
  stripePaymentId: z.string().nullable().catch(null),
  balanceType: z.string().catch(""),
  currency: z.string().catch(""),
  amount: z.number().catch(0),
  fee: z.number().catch(0),
  net: z.number().catch(0),
  source: z.string().nullable().catch(null),
  description: z.string().nullable().catch(null),
  reportingCategory: z.string().catch(""),
  createdAt: z.date().catch(new Date(0)),
});
type StoredMovement = z.infer<typeof movementSchema>;

function movementsOf(books: FakeBooks, account: string): readonly Stripe.BalanceTransaction[] {
  return books.connect(account).balance_transaction.newestFirst();
}

function wrongMovements(stored: ReadonlyMap<string, StoredMovement>, books: FakeBooks, account: string): string[] {
  const expected = movementsOf(books, account).map((one): [string, object] => {
    const { stripePaymentId, ...fields } = expectedMovement(books, account, one);
    // Else its payment follows from the sums of the payments.
    return [one.id, isAmbiguous(books, one) ? fields : { ...fields, stripePaymentId }];
  });
  return compareAll("balance transaction", stored, new Map(expected));
}

/**
 * Whether Stripe's data leaves open which of an account's payments it was booked for. It may be stored as any one's, or
 * none's, with which the sum of every payment is right.
 */
function isAmbiguous(books: FakeBooks, { id, source, description }: Stripe.BalanceTransaction): boolean {
  if (!books.bookedFor.has(id)) return false;
  const isUnnamed = source === null || (typeof source === "string" && source.startsWith("fr_"));
  return isUnnamed && !/\b(ch|py|pi|dp)_/.test(description ?? "");
}

function expectedMovement(books: FakeBooks, account: string, one: Stripe.BalanceTransaction): StoredBalanceTransaction {
  const stripePaymentId = books.bookedFor.get(one.id) ?? null;
  // What the sender of a charge or a refund has written can name a person.
  const isOfSender = /^(charge|payment|refund|payment_refund)/.test(one.type);
  return {
    id: one.id,
    type: one.type,
    reportingCategory: one.reporting_category,
    balanceType: one.balance_type,
    currency: one.currency,
    amount: one.amount,
    fee: one.fee,
    net: one.net,
    feeDetails: one.fee_details.map(({ type, amount }) => ({ type, amount })),
    exchangeRate: one.exchange_rate,
    createdAt: date(one.created),
    availableAt: date(one.available_on),
    status: one.status === "pending" ? "pending" : "available",
    source: typeof one.source === "string" ? one.source : null,
    description: isOfSender ? null : one.description,
    stripePaymentId,
    payoutId: payoutOf(books, account, one.id),
  };
}

/** The newest payout whose content Stripe lists and that contains it, or is its own. */
function payoutOf(books: FakeBooks, account: string, id: string): string | null {
  const lists = (one: Stripe.Payout): boolean =>
    isListed(one) && (one.balance_transaction === id || books.paidOut.get(one.id)?.has(id) === true);
  return oldestFirst(books.connect(account).payout.newestFirst().filter(lists)).at(-1)?.id ?? null;
}

function isListed({ automatic, reconciliation_status: status }: Stripe.Payout): boolean {
  return automatic && status === "completed";
}

function oldestFirst<T extends { id: string; created: number }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
}

// Payouts

function wrongPayouts(stored: ReadonlyMap<string, Json>, books: FakeBooks, account: string): string[] {
  const all = books.connect(account).payout.newestFirst();
  const expected = new Map(all.map((one) => [one.id, expectedPayout(books, account, one)]));
  const inOrder = new Map([...stored].map(([id, fields]) => [id, { ...fields, composition: byCategory(fields) }]));
  const unexplained = [...expected.values()].filter(({ explained, currency }) => {
    // Where payouts have a unit, less than one can be left on the balance.
    return explained !== null && Math.abs(explained.difference) >= payoutUnit(currency);
  });
  return [
    ...compareAll("payout", inOrder, expected),
    ...unexplained.map(({ id, explained }) => `the books do not explain payout ${id}: ${text(explained)}`),
    ...[...stored].flatMap(([id, { composition }]) => {
      const nets = categoriesSchema.parse(composition)?.map(({ net }) => net) ?? [];
      return nets.every((net, index) => index === 0 || net <= (nets[index - 1] ?? 0))
        ? []
        : [`payout ${id}: its composition is not in order: ${nets.join()}`];
    }),
  ];
}

const categoriesSchema = z.array(z.looseObject({ reportingCategory: z.string(), net: z.number() })).nullable();

function byCategory({ composition }: Json): unknown {
  const all = categoriesSchema.parse(composition);
  return all?.toSorted((a, b) => (a.reportingCategory < b.reportingCategory ? -1 : 1)) ?? null;
}

/** The composition is sorted by category; Stripe's reading does not have a time. */
function expectedPayout(books: FakeBooks, account: string, one: Stripe.Payout): Omit<Deposit, "asOf"> {
  const content = isListed(one) ? contentOf(books, account, one.id) : null;
  const net = content?.reduce((sum, part) => sum + part.net, 0) ?? 0;
  return {
    id: one.id,
    status: statusSchema.parse(one.status),
    createdAt: date(one.created),
    arrivesAt: date(one.arrival_date),
    amount: one.amount,
    currency: one.currency,
    kind: one.automatic ? "automatic" : one.method === "instant" ? "instant" : "manual",
    bank: bankOf(books, account, one),
    failure: one.failure_code === null ? null : { code: one.failure_code, message: one.failure_message },
    statementDescriptor: one.statement_descriptor,
    reconciliationStatus: one.reconciliation_status,
    originalPayoutId: typeof one.original_payout === "string" ? one.original_payout : null,
    reversedByPayoutId: typeof one.reversed_by === "string" ? one.reversed_by : null,
    composition: content && compositionOf(content),
    explained: content && { net, difference: net - one.amount },
  };
}

const statusSchema = z.enum(["pending", "in_transit", "paid", "canceled", "failed"]);

function contentOf(books: FakeBooks, account: string, payout: string): Stripe.BalanceTransaction[] {
  const all = books.connect(account).balance_transaction;
  return [...(books.paidOut.get(payout) ?? [])].flatMap((id) => all.get(id) ?? []);
}

function compositionOf(content: readonly Stripe.BalanceTransaction[]): CategoryTotal[] {
  const totals = new Map<string, CategoryTotal>();
  for (const { reporting_category: reportingCategory, amount, fee, net } of content) {
    const known = totals.get(reportingCategory) ?? { reportingCategory, count: 0, amount: 0, fee: 0, net: 0 };
    totals.set(reportingCategory, {
      reportingCategory,
      count: known.count + 1,
      amount: known.amount + amount,
      fee: known.fee + fee,
      net: known.net + net,
    });
  }
  return [...totals.values()].toSorted((a, b) => (a.reportingCategory < b.reportingCategory ? -1 : 1));
}

/** Only what Stripe shows. */
function bankOf(books: FakeBooks, account: string, { destination }: Stripe.Payout): Deposit["bank"] {
  const found = books.connect(account).external_account.referred(destination);
  if (!found || books.behaviour.payoutDestination !== "an object") return null;
  return { name: found.object === "bank_account" ? found.bank_name : found.brand, last4: found.last4 };
}

// Sums

/** Amounts by a name, such as the currency; zero and missing are the same. */
class Sums extends Map<string, number> {
  add(name: string, amount: number): void {
    this.set(name, (this.get(name) ?? 0) + amount);
  }
}

function compareSums(
  kind: string,
  actual: ReadonlyMap<string, number>,
  expected: ReadonlyMap<string, number>,
): string[] {
  return [...new Set([...actual.keys(), ...expected.keys()])].toSorted().flatMap((name) => {
    const [is, should] = [actual.get(name) ?? 0, expected.get(name) ?? 0];
    return is === should ? [] : [`${kind} ${name} is ${is}, and should be ${should}`];
  });
}

/** The net of all movements is the balance. */
function wrongSums(stored: ReadonlyMap<string, StoredMovement>, { available, pending }: Stripe.Balance): string[] {
  const [actual, expected] = [new Sums(), new Sums()];
  for (const { currency, net } of ofPayments(stored)) actual.add(currency, net);
  for (const { currency, amount } of [...available, ...pending]) expected.add(currency, amount);
  return compareSums("the net in", actual, expected);
}

function ofPayments(stored: ReadonlyMap<string, StoredMovement>): StoredMovement[] {
  return [...stored.values()].filter(({ balanceType }) => balanceType === "payments");
}

type Dated = Pick<StoredMovement, "createdAt" | "currency" | "net" | "reportingCategory">;

/** Each month's opening, activity, deposits and closing add up, and are those of the books. */
function wrongMonths(
  stored: ReadonlyMap<string, StoredMovement>,
  books: FakeBooks,
  account: string,
  timeZone: string,
): string[] {
  const inBooks = movementsOf(books, account)
    .filter((one) => one.balance_type === "payments")
    .map(({ created, currency, net, reporting_category: reportingCategory }) => {
      return { createdAt: date(created), currency, net, reportingCategory };
    });
  const [actual, expected] = [monthsOf(ofPayments(stored), timeZone), monthsOf(inBooks, timeZone)];
  const unsound = [...actual].flatMap(([place, { opening, activity, deposits, closing }]) => {
    return opening + activity - deposits === closing ? [] : [`${place} does not add up: ${closing}`];
  });
  const [months, shouldBe] = [flat(actual), flat(expected)];
  return [...unsound, ...compareSums("in", months, shouldBe)];
}

interface Month {
  opening: number;
  activity: number;
  deposits: number;
  closing: number;
}

/** By currency and month, such as `cad 2026-11`. */
function monthsOf(movements: readonly Dated[], timeZone: string): Map<string, Month> {
  const all = movements.map(({ createdAt, currency, net, reportingCategory }) => {
    return { currency, net, reportingCategory, month: dayIn(timeZone, createdAt).slice(0, 7) };
  });
  return new Map(
    [...new Set(all.map(({ currency, month }) => `${currency} ${month}`))].map((place) => {
      const [currency = "", month = ""] = place.split(" ");
      const found: Month = { opening: 0, activity: 0, deposits: 0, closing: 0 };
      for (const one of all.filter((its) => its.currency === currency && its.month <= month)) {
        found.closing += one.net;
        if (one.month < month) found.opening += one.net;
        else if (/^payout(_reversal)?$/.test(one.reportingCategory)) found.deposits -= one.net;
        else found.activity += one.net;
      }
      return [place, found];
    }),
  );
}

function flat(months: ReadonlyMap<string, Month>): Map<string, number> {
  const entries = [...months].flatMap(([place, month]) =>
    Object.entries(month).map(([name, amount]): [string, number] => [`${place} ${name}`, Number(amount)]),
  );
  return new Map(entries);
}

const comparedSchema = z.object({
  balance: z.object({
    currencies: z.record(z.string(), z.record(z.string(), z.number())),
    isExplained: z.boolean(),
    unexplainedSince: z.date().nullable(),
  }),
});

/** The stored comparison with Stripe's balance. */
function wrongComparison(franchisee: unknown, { available, pending }: Stripe.Balance): string[] {
  const stored = comparedSchema.safeParse(plain(franchisee)).data;
  if (!stored) return ["the comparison with Stripe's balance is missing"];
  const { currencies, isExplained, unexplainedSince } = stored.balance;
  const [actual, expected] = [new Sums(), new Sums()];
  for (const [currency, figures] of Object.entries(currencies)) {
    for (const [name, amount] of Object.entries(figures)) actual.add(`${currency} ${name}`, amount);
  }
  for (const [name, all] of [
    ["available", available],
    ["pending", pending],
  ] as const) {
    for (const { currency, amount } of all) {
      expected.add(`${currency} ${name}`, amount);
      expected.add(`${currency} recorded`, amount);
    }
  }
  return [
    ...compareSums("the comparison", actual, expected),
    ...(isExplained && unexplainedSince === null ? [] : ["the balance is stored as unexplained"]),
  ];
}

// Payments

const money = z.object({ currency: z.string(), amount: z.number() });
const leg = z.object({ currency: z.string(), net: z.number() }).nullable();
const adjustmentParts = z.object({
  currency: z.string(),
  refunds: z.number(),
  disputes: z.number(),
  disputeFees: z.number(),
  feesReturned: z.number(),
  other: z.number(),
});
type Parts = readonly z.infer<typeof adjustmentParts>[];
const transactionSchema = z.object({
  stripe: z
    .object({
      status: z.string(),
      feesStatus: z.string(),
      mode: z.string(),
      settled: leg,
      received: leg,
      amounts: z.object({ amount_franchisee_net: z.number() }).nullable(),
      netAdjustment: money.nullable(),
      otherAdjustments: z.array(money),
      adjustmentParts: z.array(adjustmentParts),
    })
    .nullable(),
});

/** What is booked for a payment is what its transaction states, once that is final. */
function wrongPayments(
  movements: ReadonlyMap<string, StoredMovement>,
  transactions: ReadonlyMap<string, z.infer<typeof transactionSchema>>,
  books: FakeBooks,
  account: string,
): string[] {
  const [actual, inBooks] = [new Sums(), new Sums()];
  for (const { stripePaymentId, currency, net } of ofPayments(movements)) {
    if (stripePaymentId !== null) actual.add(`${stripePaymentId} ${currency}`, net);
  }
  for (const { id, currency, net } of movementsOf(books, account)) {
    const payment = books.bookedFor.get(id);
    if (payment !== undefined) inBooks.add(`${payment} ${currency}`, net);
  }
  const stated = new Sums();
  const final = new Set<string>();
  for (const [id, { stripe }] of transactions) {
    const arrived = stripe?.mode === "direct" ? stripe.settled : stripe?.received;
    if (!stripe || !arrived || stripe.status !== "succeeded" || stripe.feesStatus !== "final") continue;
    final.add(id);
    stated.add(`${id} ${arrived.currency}`, stripe.amounts?.amount_franchisee_net ?? arrived.net);
    for (const { currency, amount } of [stripe.netAdjustment ?? [], stripe.otherAdjustments].flat()) {
      stated.add(`${id} ${currency}`, amount);
    }
  }
  const ofFinal = new Map([...actual].filter(([name]) => final.has(name.split(" ")[0] ?? "")));
  return [
    ...compareSums("what is stored for", actual, inBooks),
    ...compareSums("what is stored for", ofFinal, stated).map((line) => `${line}, as its transaction states`),
    ...[...final].flatMap((id) =>
      compareSums(
        `what its transaction states of ${id}`,
        sumsOf(transactions.get(id)?.stripe?.adjustmentParts ?? []),
        sumsOf(partsOfMovements(movements, id, books, account)),
      ),
    ),
  ];
}

/** What the movements of a payment add up to, apart from the payment itself, by what they are for. */
function partsOfMovements(
  movements: ReadonlyMap<string, StoredMovement>,
  id: string,
  books: FakeBooks,
  account: string,
): Parts {
  const released = books
    .connect(account)
    .refund.newestFirst()
    .filter((one) => isReleased(books, one.source_transfer_reversal));
  const later = ofPayments(movements).filter(({ stripePaymentId, reportingCategory, source }) => {
    const isPayment = reportingCategory === "charge" || reportingCategory === "partial_capture_reversal";
    return stripePaymentId === id && !isPayment && !released.some((refund) => refund.id === source);
  });
  return [...Map.groupBy(later, ({ currency }) => currency)].flatMap(([currency, all]) =>
    adjustmentPartsIn(
      currency,
      all.map(({ reportingCategory, ...one }) => ({ ...one, reporting_category: reportingCategory })),
    ),
  );
}

function sumsOf(rows: Parts): Sums {
  const sums = new Sums();
  for (const { currency, ...parts } of rows) {
    for (const [part, amount] of Object.entries(parts)) sums.add(`${currency} ${part}`, amount);
  }
  return sums;
}
