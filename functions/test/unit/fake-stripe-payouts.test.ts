import Stripe from "stripe";
import { dispute, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { failPayout, payOut, settlePayout } from "../../testing/fake-stripe/payouts.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

// Payouts of the fake Stripe, requested with the official SDK over HTTP.

const ACCOUNT = "acct_1";
const THERE = { stripeAccount: ACCOUNT };
const ORDER = { account: ACCOUNT, amount: 1_000, applicationFee: 100, stripeFee: 59 };
let fake: FakeStripe;
let stripe: Stripe;
let now = 1_000;

beforeEach(async () => {
  fake = await startStripe();
  fake.books.clock = () => (now += 1);
  stripe = new Stripe("sk_test_local", { host: "127.0.0.1", port: fake.url.port, protocol: "http" });
});

const pay = (mode: "direct" | "destination") => fake.books.pay({ ...ORDER, mode });

/** The content of a payout, newest first, as type and net. */
async function contentOf({ id }: Stripe.Payout): Promise<[string, number][]> {
  const { data } = await stripe.balanceTransactions.list({ payout: id }, THERE);
  return data.map(({ type, net }) => [type, net]);
}

test("a payout contains all balance transactions that no other one contains, and lists them newest first, with its own", async () => {
  pay("direct");
  const second = pay("destination");
  const first = payOut(fake.books, ACCOUNT);
  refund(fake.books, second, { amount: 500, reverseTransfer: true });
  pay("direct");
  const next = payOut(fake.books, ACCOUNT, { arrivesAt: 9_000 });
  // Of the direct charge, 1000 − 59 − 100 are the franchisee's; of the destination charge, 1000 − 100 arrive.
  expect(await contentOf(first)).toEqual([
    ["payout", -1_741],
    ["payment", 900],
    ["charge", 841],
  ]);
  expect(await contentOf(next)).toEqual([
    ["payout", -341],
    ["charge", 841],
    ["payment_refund", -500],
  ]);
  const { data } = await stripe.payouts.list({ status: "paid" }, THERE);
  expect(data).toMatchObject([
    { id: next.id, amount: 341, arrival_date: 9_000 },
    { id: first.id, amount: 1_741, automatic: true, status: "paid", reconciliation_status: "completed" },
  ]);
  expect(await stripe.payouts.retrieve(first.id, { expand: ["balance_transaction"] }, THERE)).toMatchObject({
    balance_transaction: { type: "payout", amount: -1_741, source: first.id },
  });
  expect(() => payOut(fake.books, ACCOUNT)).toThrow("There is nothing to pay out.");
});

test("sources are expanded as deep as Stripe does: to the platform's charge of an arrival", async () => {
  const direct = pay("direct");
  const destination = pay("destination");
  refund(fake.books, direct, { amount: 10 });
  dispute(fake.books, direct);
  const payout = payOut(fake.books, ACCOUNT);
  const expand = ["data.source", "data.source.source_transfer", "data.source.source_transfer.source_transaction"];
  const { data } = await stripe.balanceTransactions.list({ payout: payout.id, expand }, THERE);
  expect(data.map(({ source }) => source)).toMatchObject([
    { object: "payout", id: payout.id },
    { object: "dispute", payment_intent: direct.id },
    { object: "refund", payment_intent: direct.id },
    {
      object: "charge",
      id: expect.stringMatching(/^py_/) as unknown,
      source_transfer: { destination: ACCOUNT, source_transaction: { payment_intent: destination.id } },
    },
    { object: "charge", payment_intent: direct.id, source_transfer: null },
  ]);
  const colour = stripe.balanceTransactions.list({ payout: payout.id, expand: ["data.source.colour"] }, THERE);
  await expect(colour).rejects.toMatchObject({ message: "This property cannot be expanded (colour)." });
});

test.each([
  ["returned as payout_failure", "payout_failure"],
  ["bundled again", "charge"],
] as const)("the content of a failed payout is in the next one: %s", async (failedPayout, type) => {
  fake.books.behaviour = { ...fake.books.behaviour, failedPayout };
  pay("direct");
  const failed = payOut(fake.books, ACCOUNT);
  failPayout(fake.books, ACCOUNT, failed);
  const next = payOut(fake.books, ACCOUNT);
  expect(await contentOf(failed)).toEqual([
    ["payout", -841],
    ["charge", 841],
  ]);
  expect(await contentOf(next)).toEqual([
    ["payout", -841],
    [type, 841],
  ]);
  expect(await stripe.payouts.retrieve(failed.id, { expand: ["failure_balance_transaction"] }, THERE)).toMatchObject({
    status: "failed",
    failure_code: "account_closed",
    failure_balance_transaction: { type: "payout_failure", reporting_category: "payout_reversal", net: 841 },
  });
  const all = await stripe.balanceTransactions.list({}, THERE);
  expect(all.data.reduce((sum, { net }) => sum + net, 0)).toBe(0);
});

test("a payout is in transit until it is settled", async () => {
  pay("direct");
  const payout = payOut(fake.books, ACCOUNT, { settles: "late" });
  expect(payout).toMatchObject({ status: "in_transit", reconciliation_status: "in_progress" });
  expect((await stripe.events.list({ type: "payout.paid" }, THERE)).data).toEqual([]);
  settlePayout(fake.books, ACCOUNT, payout);
  expect(await stripe.payouts.retrieve(payout.id, {}, THERE)).toMatchObject({
    status: "paid",
    reconciliation_status: "completed",
  });
});

test("Stripe does not list the content of a manual payout, nor of an unknown one", async () => {
  pay("direct");
  const payout = payOut(fake.books, ACCOUNT, { automatic: false });
  expect(payout).toMatchObject({ automatic: false, reconciliation_status: "not_applicable" });
  expect((await stripe.events.list({ type: "payout.reconciliation_completed" }, THERE)).data).toEqual([]);
  await expect(contentOf(payout)).rejects.toMatchObject({
    statusCode: 400,
    message: expect.stringContaining("only be filtered on automatic") as unknown,
  });
  const none = stripe.balanceTransactions.list({ payout: "po_none" }, THERE);
  await expect(none).rejects.toMatchObject({ code: "resource_missing", param: "payout" });
});

describe("the destination of a payout", () => {
  const expand = ["data.destination"];
  const destinations = async () => (await stripe.payouts.list({ expand }, THERE)).data.map((one) => one.destination);

  test("is a bank account, and a debit card for an instant payout", async () => {
    pay("direct");
    payOut(fake.books, ACCOUNT, { method: "instant" });
    pay("direct");
    const standard = payOut(fake.books, ACCOUNT);
    expect(await destinations()).toMatchObject([
      { object: "bank_account", bank_name: "STRIPE TEST BANK", last4: "6789", account: ACCOUNT },
      { object: "card", brand: "Visa", last4: "5556", account: ACCOUNT },
    ]);
    expect(await stripe.payouts.retrieve(standard.id, {}, THERE)).toMatchObject({
      destination: expect.stringMatching(/^ba_/) as unknown,
    });
  });

  test("is refused without permission, and for any key of a Standard account", async () => {
    pay("direct");
    payOut(fake.books, ACCOUNT);
    const restricted = new Stripe("rk_test_restricted", { host: "127.0.0.1", port: fake.url.port, protocol: "http" });
    fake.keys.set("rk_test_restricted", { platform: ["rak_connected_account_read"], account: ["rak_payout_read"] });
    await expect(restricted.payouts.list({ expand }, THERE)).rejects.toThrow("'connected_account_read'");
    fake.books.behaviour = { ...fake.books.behaviour, unpermittedExpansion: "bare id" };
    const bare = await restricted.payouts.list({ expand }, THERE);
    expect(bare.data).toMatchObject([{ destination: expect.stringMatching(/^ba_/) as unknown }]);

    fake.books.behaviour = { ...fake.books.behaviour, payoutDestination: "refused" };
    await expect(destinations()).rejects.toThrow("not available for use by Standard Connect applications");
    fake.books.behaviour = { ...fake.books.behaviour, payoutDestination: "a bare id" };
    expect(await destinations()).toEqual([expect.stringMatching(/^ba_/)]);
  });
});

test("an object that Stripe lists late is part of the balance before", async () => {
  const direct = pay("direct");
  const { balance_transaction: late } = fake.books.chargeOf(direct);
  if (typeof late !== "string") throw new Error("It has not settled.");
  fake.books.unlisted.add(late);
  expect((await stripe.balanceTransactions.list({}, THERE)).data).toEqual([]);
  // 1000 − 59 − 100
  expect(await stripe.balance.retrieve({}, THERE)).toMatchObject({ available: [{ amount: 841, currency: "cad" }] });
  fake.books.unlisted.clear();
  expect((await stripe.balanceTransactions.list({}, THERE)).data).toMatchObject([{ id: late, net: 841 }]);
});
