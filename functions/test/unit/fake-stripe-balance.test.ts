import Stripe from "stripe";
import {
  billStripeFee,
  holdReserve,
  releaseReserve,
  updateConnectReserve,
} from "../../testing/fake-stripe/account-bookings.ts";
import type { StripeBehaviour } from "../../testing/fake-stripe/behaviour.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { reverseTransfer } from "../../testing/fake-stripe/reversals.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

// The balance of the fake Stripe, requested with the official SDK over HTTP.

const ACCOUNT = "acct_1";
const THERE = { stripeAccount: ACCOUNT };
/** 1000 less 59 for Stripe and 100 for the platform are 841. */
const ORDER = { account: ACCOUNT, amount: 1_000, applicationFee: 100, stripeFee: 59 };
const NOON = Date.parse("2026-11-02T12:00:00Z") / 1000;
/** Two days later, at midnight UTC. */
const AVAILABLE = Date.parse("2026-11-04T00:00:00Z") / 1000;
let fake: FakeStripe;
let stripe: Stripe;
let now: number;

beforeEach(async () => {
  fake = await startStripe();
  now = NOON;
  fake.books.clock = () => now;
  fake.books.delayDays = 2;
  fake.books.connect(ACCOUNT);
  stripe = new Stripe("sk_test_local", { host: "127.0.0.1", port: fake.url.port, protocol: "http" });
});

/** The available and the pending amount in one currency. */
async function balance(options: Stripe.RequestOptions = {}, currency = "cad"): Promise<(number | undefined)[]> {
  const { available, pending } = await stripe.balance.retrieve({}, options);
  return [available, pending].map((amounts) => amounts.find((one) => one.currency === currency)?.amount);
}

async function list(
  options: Stripe.RequestOptions = {},
  params: Stripe.BalanceTransactionListParams = {},
): Promise<Stripe.BalanceTransaction[]> {
  return (await stripe.balanceTransactions.list({ limit: 100, ...params }, options)).data;
}

test("a payment is pending until midnight of the day on which it is available", async () => {
  fake.books.pay({ ...ORDER, mode: "direct" });
  expect(await balance(THERE)).toEqual([0, 841]);
  now = AVAILABLE - 1;
  expect(await balance(THERE)).toEqual([0, 841]);
  expect(await list(THERE)).toMatchObject([{ type: "charge", status: "pending", available_on: AVAILABLE }]);
  now = AVAILABLE;
  expect(await balance(THERE)).toEqual([841, 0]);
  expect(await list(THERE)).toMatchObject([{ type: "charge", status: "available" }]);
  // The application fee becomes available with it.
  expect(await balance()).toEqual([100, 0]);
});

test("a balance has all its currencies, and zero in the account's own without any payment", async () => {
  expect(await stripe.balance.retrieve({}, THERE)).toEqual({
    object: "balance",
    available: [{ amount: 0, currency: "cad", source_types: { card: 0 } }],
    livemode: false,
    pending: [{ amount: 0, currency: "cad", source_types: { card: 0 } }],
  });
  fake.books.pay({ ...ORDER, mode: "direct", currency: "jpy" });
  expect(await balance(THERE, "jpy")).toEqual([0, 841]);
  expect(await balance(THERE)).toEqual([0, 0]);
});

test("refunds, fees and failures change the available balance at once, which can become negative", async () => {
  const intent = fake.books.pay({ ...ORDER, mode: "direct" });
  refund(fake.books, intent, { amount: 300 });
  billStripeFee(fake.books, ACCOUNT, { amount: 47, currency: "cad", description: "Connect: Payout Fee" });
  expect(await balance(THERE)).toEqual([-347, 841]);
  expect(await list(THERE, { type: "stripe_fee" })).toMatchObject([
    { amount: -47, available_on: NOON, reporting_category: "fee", source: null, status: "available" },
  ]);
});

test("a transfer leaves the platform's balance, available when its charge is, and a reversal returns at once", async () => {
  const intent = fake.books.pay({ ...ORDER, mode: "destination" });
  // The platform pays Stripe's fee: 1000 − 59 − 1000 + 100.
  expect(await balance()).toEqual([0, 41]);
  expect(await balance(THERE)).toEqual([0, 900]);
  const { transfer } = fake.books.chargeOf(intent);
  expect(await list({}, { type: "transfer" })).toMatchObject([
    { amount: -1_000, available_on: AVAILABLE, reporting_category: "transfer", source: transfer },
  ]);
  reverseTransfer(fake.books, intent, 400);
  expect(await balance()).toEqual([400, 41]);
  expect(await balance(THERE)).toEqual([-400, 900]);
  expect(await list({}, { type: "transfer_refund" })).toMatchObject([
    { amount: 400, available_on: NOON, reporting_category: "transfer_reversal" },
  ]);
});

test("a transfer from the platform's balance is available at once on both sides", async () => {
  const intent = fake.books.pay({ ...ORDER, mode: "transfer", applicationFee: 0 });
  fake.books.addTransfer(intent, 300);
  fake.books.addTransfer(intent, 200, { isFromBalance: true });
  expect(await balance(THERE)).toEqual([200, 300]);
  // 1000 − 59 − 300 are pending.
  expect(await balance()).toEqual([-200, 641]);
});

test("a converted charge's transfer leaves the balance on which the charge settled", async () => {
  const settlement = { currency: "usd", rate: 0.7 };
  fake.books.pay({ ...ORDER, mode: "destination", applicationFee: 0, settlement, arrival: settlement });
  expect(await balance({}, "usd")).toEqual([0, -59]);
  expect(await balance({}, "cad")).toEqual([0, 0]);
  expect(await balance(THERE, "usd")).toEqual([0, 700]);
});

test("balance transactions are listed newest first, by type, currency, source and time, and retrieved", async () => {
  const first = fake.books.pay({ ...ORDER, mode: "direct" });
  now += 60;
  fake.books.pay({ ...ORDER, mode: "direct", currency: "usd" });
  const { id: refundId } = refund(fake.books, first, { amount: 100 });
  const [newest, middle, oldest] = await list(THERE);
  expect([newest, middle, oldest]).toMatchObject([
    { type: "refund", source: refundId },
    { type: "charge", currency: "usd" },
    { type: "charge", currency: "cad" },
  ]);
  expect(await list(THERE, { type: "charge" })).toEqual([middle, oldest]);
  expect(await list(THERE, { currency: "usd" })).toEqual([middle]);
  expect(await list(THERE, { source: refundId })).toEqual([newest]);
  expect(await list(THERE, { created: { gt: NOON } })).toEqual([newest, middle]);
  expect(await list(THERE, { created: { gte: NOON, lt: NOON + 60 } })).toEqual([oldest]);
  const { id } = oldest ?? { id: "" };
  expect(await stripe.balanceTransactions.retrieve(id, {}, THERE)).toMatchObject(oldest ?? {});
});

test("payouts are listed by the time of their arrival", async () => {
  fake.books.pay({ ...ORDER, mode: "direct" });
  const { id } = payOut(fake.books, ACCOUNT, { arrivesAt: AVAILABLE });
  const listed = async (arrival_date: Stripe.RangeQueryParam) =>
    (await stripe.payouts.list({ arrival_date }, THERE)).data.map((one) => one.id);
  expect(await listed({ gte: AVAILABLE })).toEqual([id]);
  expect(await listed({ gt: AVAILABLE })).toEqual([]);
  expect(await listed({ lt: AVAILABLE })).toEqual([]);
});

test.each<[StripeBehaviour["reserve"], string[]]>([
  ["on both balances", ["risk_reserved 60", "payments -60", "risk_reserved -90", "payments 90"]],
  ["on the payments balance", ["payments -60", "payments 90"]],
])("a reserve reduces the available balance alone: %s", async (reserve, booked) => {
  fake.books.behaviour = { ...fake.books.behaviour, reserve };
  holdReserve(fake.books, ACCOUNT, { amount: 60, currency: "cad" });
  expect(await balance(THERE)).toEqual([-60, 0]);
  releaseReserve(fake.books, ACCOUNT, { amount: 90, currency: "cad" });
  expect(await balance(THERE)).toEqual([30, 0]);
  const all = await list(THERE);
  expect(all.map(({ balance_type: type, net }) => `${type} ${net}`).toSorted()).toEqual(booked.toSorted());
  expect(all.map(({ type }) => type)).toEqual(expect.arrayContaining(["reserve_hold", "reserve_release"]));
});

test("the platform reserves what accounts owe for whose losses it is responsible", async () => {
  fake.books.connect("acct_2", "application");
  billStripeFee(fake.books, "acct_2", { amount: 500, currency: "cad" });
  // Of another account, whose losses are Stripe's.
  billStripeFee(fake.books, ACCOUNT, { amount: 900, currency: "cad" });
  updateConnectReserve(fake.books);
  const reserved = async () => (await stripe.balance.retrieve()).connect_reserved?.map(({ amount }) => amount);
  expect([await balance(), await reserved()]).toEqual([[-500, 0], [500]]);
  expect(await list()).toMatchObject([{ type: "reserve_transaction", reporting_category: "connect_reserved_funds" }]);
  fake.books.pay({ ...ORDER, account: "acct_2", mode: "direct" });
  now = AVAILABLE;
  updateConnectReserve(fake.books);
  // The platform has the application fee of 100, and pays Stripe's fee of 59.
  expect([await balance(), await reserved()]).toEqual([[41, 0], [0]]);
});

test("a restricted key needs the permission for balances", async () => {
  const key = "rk_test_restricted";
  const restricted = new Stripe(key, { host: "127.0.0.1", port: fake.url.port, protocol: "http" });
  fake.keys.set(key, { platform: ["rak_payout_read"], account: ["rak_balance_read"] });
  await expect(restricted.balance.retrieve()).rejects.toMatchObject({ statusCode: 403 });
  expect(await restricted.balance.retrieve({}, THERE)).toMatchObject({ object: "balance" });
});
