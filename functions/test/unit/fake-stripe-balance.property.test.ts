import fc from "fast-check";
import type Stripe from "stripe";
import { z } from "zod";
import {
  adjustBalance,
  billStripeFee,
  holdReserve,
  releaseReserve,
  updateConnectReserve,
} from "../../testing/fake-stripe/account-bookings.ts";
import { BEHAVIOURS, DOCUMENTED, type StripeBehaviour } from "../../testing/fake-stripe/behaviour.ts";
import { FakeBooks } from "../../testing/fake-stripe/books.ts";
import type { AccountObjects } from "../../testing/fake-stripe/object-store.ts";
import { payoutUnit } from "../../testing/fake-stripe/payout-content.ts";
import { isPayable, mostPayable, payOut } from "../../testing/fake-stripe/payouts.ts";
import type { PaymentSpec } from "../../testing/fake-stripe/payment-spec.ts";
import { handleRequest } from "../../testing/fake-stripe/requests.ts";
import { payoutActions, stripeActions } from "../support/convergence/stripe-actions.ts";
import { size } from "../support/size.ts";

// The fake Stripe's balance after any history: payments in all charge modes, refunds, disputes, fees, reserves, and
// payouts of every kind, while time passes.

const [OWN, ANOTHER] = ["acct_own", "acct_another"] as const;
const ACCOUNTS = [null, OWN, ANOTHER] as const;
/** Of two, zero and three decimals; forints are paid out in whole units, dinars in hundredths. */
const CURRENCIES = ["huf", "cad", "jpy", "kwd"] as const;
const DAY = 86_400;

const index = fc.nat({ max: 999 });
const account = fc.constantFrom(...ACCOUNTS);
const step = fc.oneof(
  fc.record({
    kind: fc.constant("pay"),
    account: fc.constantFrom(OWN, ANOTHER),
    mode: fc.constantFrom("direct", "destination", "transfer"),
    currency: fc.constantFrom(...CURRENCIES),
    amount: fc.integer({ min: 200, max: 100_000 }).map((amount) => amount * 10),
    outcome: fc.constantFrom("succeeded", "succeeded", "requires_capture"),
    isConverted: fc.boolean(),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("act"),
      payment: index,
      action: index,
      tenths: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("payout"), account, action: index }) },
  fc.record({ kind: fc.constant("instant"), account }),
  fc.record({
    kind: fc.constant("schedule"),
    account,
    days: fc.nat({ max: 4 }),
    minimumBalance: fc.nat({ max: 20_000 }),
  }),
  fc.record({
    kind: fc.constantFrom("fee", "adjustment", "hold", "release", "connect reserve"),
    account,
    amount: fc.integer({ min: 1, max: 50_000 }),
    currency: fc.constantFrom(...CURRENCIES),
  }),
  fc.record({ kind: fc.constant("wait"), seconds: fc.integer({ min: 1, max: 3 * DAY }) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const histories = fc.record({
  delayDays: fc.nat({ max: 7 }),
  isPlatformLiable: fc.boolean(),
  behaviour: fc.record({
    failedPayout: fc.constantFrom(...BEHAVIOURS.failedPayout),
    payoutRemainder: fc.constantFrom(...BEHAVIOURS.payoutRemainder),
    instantFee: fc.constantFrom(...BEHAVIOURS.instantFee),
    reserve: fc.constantFrom(...BEHAVIOURS.reserve),
    partialCapture: fc.constantFrom(...BEHAVIOURS.partialCapture),
    partialTransfer: fc.constantFrom(...BEHAVIOURS.partialTransfer),
    feeRefund: fc.constantFrom(...BEHAVIOURS.feeRefund),
    platformPaidFee: fc.constantFrom(...BEHAVIOURS.platformPaidFee),
  }) satisfies fc.Arbitrary<Partial<StripeBehaviour>>,
  steps: fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
});

class History {
  readonly books = new FakeBooks();
  readonly intents: Stripe.PaymentIntent[] = [];
  now = Date.parse("2026-11-02T10:00:00Z") / 1000;

  constructor({
    delayDays,
    isPlatformLiable,
    behaviour,
  }: Omit<typeof histories extends fc.Arbitrary<infer T> ? T : never, "steps">) {
    this.books.clock = () => this.now;
    this.books.delayDays = delayDays;
    this.books.behaviour = { ...DOCUMENTED, ...behaviour };
    this.books.connect(OWN);
    this.books.connect(ANOTHER, isPlatformLiable ? "application" : "account");
  }

  take(one: Step): void {
    const { books } = this;
    // Balance transactions that are created within one second have no order of their own.
    this.now += 1;
    switch (one.kind) {
      case "pay":
        this.#pay(one);
        break;
      case "act": {
        const intent = this.intents[one.payment % this.intents.length];
        if (intent) runOne(stripeActions(books, intent, one.tenths), one.action);
        break;
      }
      case "payout":
        books.releaseFunds();
        runOne(payoutActions(books, one.account), one.action);
        break;
      case "instant":
        books.releaseFunds();
        for (const currency of CURRENCIES.filter(
          (its) => mostPayable(objectsOf(books, one.account), its, "instant") > 0,
        )) {
          payOut(books, one.account, { method: "instant", currency });
        }
        break;
      case "schedule": {
        const { account: of, days, minimumBalance } = one;
        const arrivesAt = (Math.floor(this.now / DAY) + days + 1) * DAY;
        if (isPayable(books, of, { arrivesAt, minimumBalance })) payOut(books, of, { arrivesAt, minimumBalance });
        break;
      }
      case "fee":
        billStripeFee(books, one.account, one);
        break;
      case "adjustment":
        adjustBalance(books, one.account, { ...one, amount: one.amount % 2 === 0 ? one.amount : -one.amount });
        break;
      case "hold":
        holdReserve(books, one.account, one);
        break;
      case "release":
        releaseReserve(books, one.account, one);
        break;
      case "connect reserve":
        updateConnectReserve(books);
        break;
      case "wait":
        this.now += one.seconds;
    }
  }

  #pay({ account: of, mode, currency, amount, outcome, isConverted }: Extract<Step, { kind: "pay" }>): void {
    const settlement = { currency: "cad", rate: 0.0125 };
    const spec: PaymentSpec = {
      account: of,
      mode,
      currency,
      amount,
      ...(mode !== "transfer" && { applicationFee: Math.floor(amount / 9) }),
      ...(isConverted && currency === "jpy" && { settlement, arrival: settlement }),
    };
    const intent = this.books.createIntent(spec);
    this.books.attempt(intent, outcome);
    this.intents.push(intent);
  }
}

function objectsOf(books: FakeBooks, of: string | null): AccountObjects {
  return of === null ? books.platform : books.connect(of);
}

function runOne(actions: readonly (() => unknown)[], action: number): void {
  actions[action % actions.length]?.();
}

const pageSchema = z.object({ has_more: z.boolean(), data: z.array(z.custom<Stripe.BalanceTransaction>()) });

/** The balance transactions that the API lists, on all pages. */
function listed(books: FakeBooks, of: string | null, filter: Record<string, string> = {}): Stripe.BalanceTransaction[] {
  const all: Stripe.BalanceTransaction[] = [];
  for (let hasMore = true; hasMore;) {
    const last = all.at(-1);
    const query = new URLSearchParams({ limit: "100", ...filter, ...(last && { starting_after: last.id }) });
    const page = pageSchema.parse(request(books, of, "balance_transactions", query));
    all.push(...page.data);
    hasMore = page.has_more;
  }
  return all;
}

function request(books: FakeBooks, of: string | null, path: string, query = new URLSearchParams()): object {
  return handleRequest(books, { key: "sk_test_local", account: of, permissions: undefined }, `/v1/${path}`, query);
}

const amountsSchema = z.array(z.object({ amount: z.int(), currency: z.string() }));
const balanceSchema = z.object({ available: amountsSchema, pending: amountsSchema });

/** By currency, without zeros. */
function byCurrency(amounts: readonly { currency: string; amount: number }[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { currency, amount } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0).toSorted());
}

const net = ({ currency, net: amount }: Stripe.BalanceTransaction) => ({ currency, amount });

/** Types that payouts book. */
const OF_PAYOUTS = /^(payout|advance)/;

/** What moves between the accounts, and in sum moves nothing. */
function movedWithin(one: Stripe.BalanceTransaction): { currency: string; amount: number }[] {
  const { type, amount, currency, description, fee_details: fees } = one;
  const isMoved =
    /^(transfer|payment|application_fee)/.test(type) ||
    (type === "adjustment" && description?.startsWith("Application fee refund") === true);
  const toPlatform = fees.filter((fee) => fee.type === "application_fee");
  return [...(isMoved ? [{ currency, amount }] : []), ...toPlatform.map((fee) => ({ currency, amount: -fee.amount }))];
}

function expectBalances({ books, now }: History): void {
  const everywhere: Stripe.BalanceTransaction[] = [];
  for (const of of ACCOUNTS) {
    const { available, pending } = balanceSchema.parse(request(books, of, "balance"));
    const all = listed(books, of).filter(({ balance_type: type }) => type === "payments");
    everywhere.push(...all);
    expect(byCurrency([...available, ...pending])).toEqual(byCurrency(all.map(net)));
    expect(byCurrency(available)).toEqual(byCurrency(all.filter((one) => one.available_on <= now).map(net)));

    const payouts = objectsOf(books, of).payout.newestFirst();
    const [returned, gone] = partition(payouts, ({ status }) => status === "failed" || status === "canceled");
    const fees = gone.flatMap(({ balance_transaction: own }) => all.filter(({ id }) => id === own));
    expect(byCurrency(all.filter(({ type }) => OF_PAYOUTS.test(type)).map(net))).toEqual(
      byCurrency([...gone, ...fees.map(({ fee: amount, currency }) => ({ amount, currency }))].map(negative)),
    );
    for (const { id } of returned) {
      const booked = all.filter(({ source }) => source === id);
      for (const kind of [/^payout/, /^advance$/, /^advance_funding$/]) {
        expect(byCurrency(booked.filter(({ type }) => kind.test(type)).map(net))).toEqual({});
      }
    }
    expectContents(books, of, payouts);
  }
  const isUnconverted = (one: { currency: string }): boolean => one.currency !== "cad" && one.currency !== "jpy";
  expect(byCurrency(everywhere.flatMap(movedWithin).filter(isUnconverted))).toEqual({});
}

/** Everything becomes available and is paid out, or debited, if it is a multiple of what can be paid out. */
function expectNothingLeft({ books }: History): void {
  for (const of of ACCOUNTS) {
    const { available, pending } = balanceSchema.parse(request(books, of, "balance"));
    const left = available.filter(({ amount, currency }) =>
      payoutUnit(currency) === 1 ? amount !== 0 : amount >= payoutUnit(currency),
    );
    expect([...left, ...pending.filter(({ amount }) => amount !== 0)]).toEqual([]);
  }
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

const negative = <T extends { amount: number }>(one: T): T => ({ ...one, amount: -one.amount });

function expectContents(books: FakeBooks, of: string | null, payouts: readonly Stripe.Payout[]): void {
  const { payoutRemainder, failedPayout } = books.behaviour;
  const seen = new Set<string>();
  const unpaid = new Map<string, number>();
  for (const { id, amount, arrival_date: arrival, automatic, balance_transaction: own, currency, status } of payouts) {
    if (!automatic) {
      expect(() => listed(books, of, { payout: id })).toThrow("only be filtered on automatic");
      continue;
    }
    const [first, ...content] = listed(books, of, { payout: id }).toSorted((a) => (a.id === own ? -1 : 1));
    expect(first).toMatchObject({ id: own, type: "payout", amount: -amount, source: id, available_on: arrival });
    const sum = content.reduce((total, one) => total + one.net, 0);
    if (payoutRemainder === "held" || payoutUnit(currency) === 1) expect(sum).toBe(amount);
    expect(content.filter((one) => one.available_on > arrival || one.currency !== currency)).toEqual([]);
    if (failedPayout === "bundled again" && status === "failed") continue;
    unpaid.set(currency, (unpaid.get(currency) ?? 0) + sum - amount);
    expect(content.filter((one) => seen.has(one.id))).toEqual([]);
    for (const one of content) seen.add(one.id);
  }
  // A payout that fails after a later one paid out its remainder leaves less than nothing until it is bundled again.
  if (failedPayout === "bundled again") return;
  expect([...unpaid].filter(([currency, amount]) => amount < 0 || amount >= payoutUnit(currency))).toEqual([]);
}

test("the balance is the sum of all balance transactions, and each automatic payout's contents add up to it", () => {
  fc.assert(
    fc.property(histories, ({ steps, ...setting }) => {
      const history = new History(setting);
      for (const one of steps) history.take(one);
      expectBalances(history);
      history.now += 30 * DAY;
      for (const of of ACCOUNTS) while (isPayable(history.books, of)) payOut(history.books, of);
      expectBalances(history);
      expectNothingLeft(history);
    }),
    { numRuns: size({ test: 200, soak: 20_000 }) },
  );
});
