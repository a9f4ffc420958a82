import Stripe from "stripe";
import { adjustBalance } from "../../testing/fake-stripe/account-bookings.ts";
import type { StripeBehaviour } from "../../testing/fake-stripe/behaviour.ts";
import {
  cancelPayout,
  failPayout,
  payOut,
  reversePayout,
  settlePayout,
  submitPayout,
} from "../../testing/fake-stripe/payouts.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { addEndpoints } from "../../testing/fake-stripe/webhook-endpoint.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

// Automatic, manual, instant, negative, failed, canceled and reversed payouts, with the amounts of Stripe's examples.

const ACCOUNT = "acct_1";
const THERE = { stripeAccount: ACCOUNT };
const DAY = 86_400;
const MIDNIGHT = Date.parse("2026-11-02T00:00:00Z") / 1000;
let fake: FakeStripe;
let stripe: Stripe;
let now: number;

beforeEach(async () => {
  fake = await startStripe();
  now = MIDNIGHT + 22 * 3_600;
  fake.books.clock = () => now;
  fake.books.connect(ACCOUNT);
  stripe = new Stripe("sk_test_local", { host: "127.0.0.1", port: fake.url.port, protocol: "http" });
});

/** A payment without fees, available at midnight after so many days. */
function pay(amount: number, days: number, currency = "cad"): void {
  fake.books.delayDays = days;
  fake.books.pay({ account: ACCOUNT, mode: "direct", amount, stripeFee: 0, currency });
}

async function balance(currency = "cad"): Promise<(number | undefined)[]> {
  const { available, pending } = await stripe.balance.retrieve({}, THERE);
  return [available, pending].map((amounts) => amounts.find((one) => one.currency === currency)?.amount);
}

/** The listed balance transactions, as type, net, and the days until they are available. */
async function listed(params: Stripe.BalanceTransactionListParams): Promise<[string, number, number][]> {
  const { data } = await stripe.balanceTransactions.list({ limit: 100, ...params }, THERE);
  return data.map(({ type, net, available_on: on }) => [type, net, Math.max(0, Math.floor((on - MIDNIGHT) / DAY))]);
}

/** The types of an account's events about payouts, oldest first, with the status then. */
async function events(): Promise<string[]> {
  const { data } = await stripe.events.list({ limit: 100 }, THERE);
  const ofPayouts = data.flatMap(({ type, data: { object } }) =>
    object.object === "payout" ? [`${type} ${object.status}`] : [],
  );
  return ofPayouts.toReversed();
}

describe("an automatic payout", () => {
  test("contains what is available by its arrival, for which Stripe creates it earlier", async () => {
    pay(500, 1);
    pay(300, 2);
    pay(900, 4);
    const arrivesAt = MIDNIGHT + 2 * DAY;
    const { id, amount } = payOut(fake.books, ACCOUNT, { arrivesAt, settles: "late" });
    expect(amount).toBe(800);
    expect(await listed({ payout: id })).toEqual([
      ["payout", -800, 2],
      ["charge", 300, 2],
      ["charge", 500, 1],
    ]);
    // Until then it reduces the pending balance, as the funds are pending that it pays out.
    expect(await balance()).toEqual([0, 900]);
    now = MIDNIGHT + DAY;
    expect(await balance()).toEqual([500, 400]);
    now = arrivesAt;
    expect(await balance()).toEqual([0, 900]);
  });

  test("leaves the minimum balance of Stripe's example, which the next one pays out", async () => {
    pay(1_000, 0);
    const first = payOut(fake.books, ACCOUNT, { minimumBalance: 100 });
    expect(first.amount).toBe(900);
    expect(await balance()).toEqual([100, 0]);
    const contents = await listed({ payout: first.id });
    expect(contents.map(([type, net]) => [type, net])).toEqual([
      ["payout", -900],
      ["payout_minimum_balance_hold", -100],
      ["charge", 1_000],
    ]);
    expect(() => payOut(fake.books, ACCOUNT, { minimumBalance: 100 })).toThrow("There is nothing to pay out.");
    const last = payOut(fake.books, ACCOUNT);
    expect(await listed({ payout: last.id })).toEqual([
      ["payout", -100, 0],
      ["payout_minimum_balance_release", 100, 0],
    ]);
  });

  test("debits a negative balance, and the next one contains the failure of a debit", async () => {
    pay(100, 0);
    adjustBalance(fake.books, ACCOUNT, { amount: -300, currency: "cad" });
    const debit = payOut(fake.books, ACCOUNT);
    expect(debit).toMatchObject({ amount: -200, automatic: true, status: "paid" });
    expect(await balance()).toEqual([0, 0]);
    failPayout(fake.books, ACCOUNT, debit);
    expect(await balance()).toEqual([-200, 0]);
    pay(1_000, 0);
    const { id, amount } = payOut(fake.books, ACCOUNT);
    expect(amount).toBe(800);
    expect(await listed({ payout: id })).toEqual([
      ["payout", -800, 0],
      ["charge", 1_000, 0],
      ["payout_failure", -200, 0],
    ]);
  });

  test("is of one currency; another has another payout", () => {
    pay(500, 0);
    pay(700, 0, "usd");
    expect(payOut(fake.books, ACCOUNT)).toMatchObject({ amount: 500, currency: "cad" });
    expect(payOut(fake.books, ACCOUNT)).toMatchObject({ amount: 700, currency: "usd" });
  });

  test.each<[StripeBehaviour["payoutRemainder"], number]>([
    ["held", 1_000],
    ["left", 1_045],
  ])("of 10.45 forints is 10, with the remainder %s", async (payoutRemainder, content) => {
    fake.books.behaviour = { ...fake.books.behaviour, payoutRemainder };
    pay(1_045, 0, "huf");
    const { id, amount } = payOut(fake.books, ACCOUNT);
    const contents = (await listed({ payout: id })).filter(([type]) => type !== "payout");
    expect([amount, contents.reduce((sum, [, net]) => sum + net, 0)]).toEqual([1_000, content]);
    expect(await balance("huf")).toEqual([45, 0]);
    expect(() => payOut(fake.books, ACCOUNT)).toThrow("There is nothing to pay out.");
    pay(60, 0, "huf");
    expect(payOut(fake.books, ACCOUNT).amount).toBe(100);
    expect(await balance("huf")).toEqual([5, 0]);
  });

  test("passes through its statuses, each with its event", async () => {
    pay(500, 0);
    const payout = payOut(fake.books, ACCOUNT, { settles: "by steps" });
    expect(payout).toMatchObject({ status: "pending", reconciliation_status: "in_progress" });
    expect(() => cancelPayout(fake.books, ACCOUNT, payout)).toThrow("An automatic payout cannot be canceled.");
    submitPayout(fake.books, ACCOUNT, payout);
    settlePayout(fake.books, ACCOUNT, payout);
    failPayout(fake.books, ACCOUNT, payout);
    expect(await events()).toEqual([
      "payout.created pending",
      "payout.updated in_transit",
      "payout.paid paid",
      "payout.reconciliation_completed paid",
      "payout.failed failed",
    ]);
    expect(() => submitPayout(fake.books, ACCOUNT, payout)).toThrow(`${payout.id} is failed.`);
    expect(() => failPayout(fake.books, ACCOUNT, payout)).toThrow(`${payout.id} is failed.`);
  });
});

test("an event that no endpoint has enabled is listed, but not sent", async () => {
  const sent: string[] = [];
  fake.books.onEvent = ({ type }) => void sent.push(type);
  addEndpoints(fake.books, "https://portal.example/api/stripe/webhook");
  fake.books.emitOn(ACCOUNT, "balance.available", await stripe.balance.retrieve({}, THERE));
  expect(sent).toEqual([]);
  expect((await stripe.events.list({ delivery_success: false }, THERE)).data).toEqual([]);
  expect((await stripe.events.list({}, THERE)).data).toMatchObject([{ type: "balance.available" }]);
});

describe("a manual payout", () => {
  test("pays out a part of what is available, and no more; the next automatic one lists it", async () => {
    pay(500, 0);
    pay(900, 3);
    const [part, whole] = [300, 501].map((amount) => () => payOut(fake.books, ACCOUNT, { automatic: false, amount }));
    expect(whole).toThrow("insufficient funds");
    const { id } = part?.() ?? { id: "" };
    expect(await balance()).toEqual([200, 900]);
    await expect(listed({ payout: id })).rejects.toMatchObject({ statusCode: 400 });
    const next = payOut(fake.books, ACCOUNT);
    expect(next.amount).toBe(200);
    expect(await listed({ payout: next.id })).toEqual([
      ["payout", -200, 0],
      ["payout", -300, 0],
      ["charge", 500, 0],
    ]);
  });

  test("is in whole forints", () => {
    pay(1_045, 0, "huf");
    const request = { automatic: false, amount: 1_045 };
    expect(() => payOut(fake.books, ACCOUNT, { ...request, currency: "huf" })).toThrow("multiples of 100");
    expect(payOut(fake.books, ACCOUNT, { automatic: false }).amount).toBe(1_000);
  });

  test("is canceled while it is pending, and its funds return", async () => {
    pay(500, 0);
    const payout = payOut(fake.books, ACCOUNT, { automatic: false, settles: "by steps" });
    cancelPayout(fake.books, ACCOUNT, payout);
    expect(await balance()).toEqual([500, 0]);
    const expand = ["failure_balance_transaction"];
    expect(await stripe.payouts.retrieve(payout.id, { expand }, THERE)).toMatchObject({
      status: "canceled",
      failure_code: null,
      reconciliation_status: "not_applicable",
      failure_balance_transaction: { type: "payout_cancel", reporting_category: "payout_reversal", net: 500 },
    });
    expect(await events()).toEqual(["payout.created pending", "payout.canceled canceled"]);
    const sent = payOut(fake.books, ACCOUNT, { automatic: false, settles: "late" });
    expect(() => cancelPayout(fake.books, ACCOUNT, sent)).toThrow(`${sent.id} is in_transit.`);
  });
});

test("a payout is reversed by one of the negative amount, which refers to it", async () => {
  pay(500, 0);
  const original = payOut(fake.books, ACCOUNT, { settles: "late" });
  expect(() => reversePayout(fake.books, ACCOUNT, original)).toThrow("in_transit");
  settlePayout(fake.books, ACCOUNT, original);
  const reversal = reversePayout(fake.books, ACCOUNT, original);
  expect(await stripe.payouts.retrieve(original.id, {}, THERE)).toMatchObject({ reversed_by: reversal.id });
  expect(await stripe.payouts.retrieve(reversal.id, { expand: ["original_payout"] }, THERE)).toMatchObject({
    amount: -500,
    automatic: false,
    original_payout: { id: original.id },
  });
  expect(await balance()).toEqual([500, 0]);
  expect(() => reversePayout(fake.books, ACCOUNT, original)).toThrow("cannot be reversed");
  expect((await events()).slice(-3)).toEqual(["payout.updated paid", "payout.created in_transit", "payout.paid paid"]);
});

describe("an instant payout", () => {
  beforeEach(() => {
    // The fee is not part of the examples.
    fake.books.behaviour = { ...fake.books.behaviour, instantFee: "billed to the platform" };
  });

  test("of 40 advances 25 of the next day and 15 of the day after, as in Stripe's example, and returns them if it fails", async () => {
    pay(2_500, 1);
    // In the example, exactly 15; here also 1 % more, the fee that is deducted beforehand.
    pay(1_540, 2);
    const payout = payOut(fake.books, ACCOUNT, { method: "instant", amount: 4_000 });
    expect(payout).toMatchObject({
      automatic: false,
      method: "instant",
      amount: 4_000,
      reconciliation_status: "not_applicable",
    });
    const booked = await listed({ source: payout.id });
    expect(booked.toSorted(([, a], [, b]) => a - b)).toEqual([
      ["payout", -4_000, 0],
      ["advance_funding", -2_500, 1],
      ["advance_funding", -1_500, 2],
      ["advance", 4_000, 0],
    ]);
    expect(await balance()).toEqual([0, 40]);
    await expect(listed({ payout: payout.id })).rejects.toMatchObject({ statusCode: 400 });
    failPayout(fake.books, ACCOUNT, payout);
    expect(await balance()).toEqual([0, 4_040]);
    const returned = (await listed({ source: payout.id })).slice(0, 4);
    expect(returned.toSorted(([, a], [, b]) => a - b)).toEqual([
      ["advance", -4_000, 0],
      ["advance_funding", 1_500, 2],
      ["advance_funding", 2_500, 1],
      ["payout_failure", 4_000, 0],
    ]);
  });

  test("leaves a negative available balance as it is, as in Stripe's example", async () => {
    adjustBalance(fake.books, ACCOUNT, { amount: -2_500, currency: "cad" });
    pay(2_000, 1);
    pay(3_000, 2);
    const { id } = payOut(fake.books, ACCOUNT, { method: "instant", amount: 1_000 });
    expect(await listed({ source: id, type: "advance_funding" })).toEqual([["advance_funding", -1_000, 2]]);
    expect(await balance()).toEqual([-2_500, 4_000]);
  });

  test("takes available funds first, and nothing that the balance of a later day needs", async () => {
    pay(1_000, 0);
    pay(5_000, 1);
    payOut(fake.books, ACCOUNT, { arrivesAt: MIDNIGHT + 2 * DAY, settles: "late" });
    expect(() => payOut(fake.books, ACCOUNT, { method: "instant" })).toThrow("There is nothing to pay out.");
    pay(2_020, 2);
    pay(1_010, 0);
    // Of 3030, 1 % of the amount is the fee.
    expect(payOut(fake.books, ACCOUNT, { method: "instant" }).amount).toBe(3_000);
    expect(await listed({ type: "advance" })).toEqual([["advance", 990, 0]]);
  });

  test.each<[StripeBehaviour["instantFee"], number, number, [number, number]]>([
    ["within the payout", 970, 10, [-1_010, 0]],
    ["billed to the account", 970, 0, [-1_010, 0]],
    ["billed to the platform", 980, 0, [-1_000, -10]],
  ])("costs 1 %%, %s", async (instantFee, left, fee, [account, platform]) => {
    fake.books.behaviour = { ...fake.books.behaviour, instantFee };
    pay(1_980, 0);
    const payout = payOut(fake.books, ACCOUNT, { method: "instant", amount: 1_000 });
    expect(await balance()).toEqual([left, 0]);
    expect(account).toBe(left - 1_980);
    const expand = ["balance_transaction"];
    expect(await stripe.payouts.retrieve(payout.id, { expand }, THERE)).toMatchObject({
      balance_transaction: { type: "payout", amount: -1_000, fee, net: -1_000 - fee },
    });
    const { available } = await stripe.balance.retrieve();
    expect(available).toMatchObject([{ currency: "cad", amount: platform }]);
  });
});
