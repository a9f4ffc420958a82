import Stripe from "stripe";
import {
  closeDispute,
  dispute,
  failRefund,
  refund,
  settleRefund,
  updateDispute,
} from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { PaymentSpec } from "../../testing/fake-stripe/payment-spec.ts";
import { failPayout, payOut } from "../../testing/fake-stripe/payouts.ts";
import { reverseTransfer, updateTransfer } from "../../testing/fake-stripe/reversals.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

// The fake Stripe's events, requested with the official SDK over HTTP.

const ACCOUNT = "acct_1";
const THERE = { stripeAccount: ACCOUNT };
const DIRECT: PaymentSpec = { account: ACCOUNT, mode: "direct", amount: 1_000, applicationFee: 100 };
const DESTINATION: PaymentSpec = { ...DIRECT, mode: "destination" };
let fake: FakeStripe;
let stripe: Stripe;

beforeEach(async () => {
  fake = await startStripe();
  fake.books.connect(ACCOUNT);
  stripe = new Stripe("sk_test_local", { host: "127.0.0.1", port: fake.url.port, protocol: "http" });
});

/** Types of events, oldest first. */
async function eventTypes(options: Stripe.RequestOptions = {}): Promise<string[]> {
  const { data } = await stripe.events.list({ limit: 100 }, options);
  return data.map(({ type }) => type).toReversed();
}

/** The object of the newest event of a type, as of that event. */
async function objectOf(type: string, options: Stripe.RequestOptions = {}): Promise<object | undefined> {
  return (await stripe.events.list({ type }, options)).data[0]?.data.object;
}

describe("a payment attempt", () => {
  test.each<[string, Partial<PaymentSpec>, string[], string[]]>([
    ["direct", {}, ["charge.succeeded", "payment_intent.succeeded"], ["application_fee.created"]],
    [
      "destination",
      { mode: "destination" },
      [],
      ["transfer.created", "application_fee.created", "charge.succeeded", "payment_intent.succeeded"],
    ],
  ])("in mode %s sends each event on the account where it happens", async (_what, fields, there, platform) => {
    fake.books.pay({ ...DIRECT, ...fields });
    expect([await eventTypes(THERE), await eventTypes()]).toEqual([there, platform]);
  });

  test("that settles late has its transfer and fee at once", async () => {
    const intent = fake.books.pay({ ...DESTINATION, settles: "late" });
    expect(await eventTypes()).toEqual(["charge.succeeded", "payment_intent.succeeded"]);
    expect(await objectOf("charge.succeeded")).toMatchObject({ balance_transaction: null });
    fake.books.settle(intent);
    expect((await eventTypes()).slice(2)).toEqual(["transfer.created", "application_fee.created", "charge.updated"]);
    const { balance_transaction } = fake.books.chargeOf(intent);
    expect(await objectOf("charge.updated")).toMatchObject({ balance_transaction });
  });

  test("requires action, fails, is processed, and succeeds", async () => {
    const intent = fake.books.createIntent(DIRECT);
    expect(fake.books.attempt(intent, "requires_action")).toBeNull();
    expect(intent).toMatchObject({ status: "requires_action", latest_charge: null });
    fake.books.attempt(intent, "failed");
    expect(intent.last_payment_error).toMatchObject({ code: "card_declined" });
    fake.books.attempt(intent, "processing");
    fake.books.attempt(intent);
    expect(intent).toMatchObject({ status: "succeeded", next_action: null, last_payment_error: null });
    fake.books.cancel(fake.books.createIntent(DIRECT));
    expect(await eventTypes(THERE)).toEqual([
      "payment_intent.requires_action",
      "charge.failed",
      "payment_intent.payment_failed",
      "payment_intent.processing",
      "charge.succeeded",
      "payment_intent.succeeded",
      "payment_intent.canceled",
    ]);
  });
});

describe("an authorised payment", () => {
  const wait = () => {
    const intent = fake.books.createIntent({ ...DIRECT, stripeFee: 30 });
    fake.books.attempt(intent, "requires_capture");
    return intent;
  };

  test.each([
    // 600 − 600 / 1000 of the 30 − 100 of the fee = 482.
    ["captured amount", 0, [{ type: "charge", reporting_category: "charge", amount: 600, fee: 118, net: 482 }]],
    // The whole authorisation, 1000 − 30 − 100 = 870; and the reversal of 400, with 400 / 1000 of the 30. Together 482.
    [
      "reversal with refund",
      400,
      [
        { type: "refund", reporting_category: "partial_capture_reversal", amount: -400, fee: -12, net: -388 },
        { type: "charge", reporting_category: "charge", amount: 1_000, fee: 130, net: 870 },
      ],
    ],
    [
      "reversal alone",
      400,
      [
        { type: "refund", reporting_category: "partial_capture_reversal", amount: -400, fee: -12, net: -388 },
        { type: "charge", reporting_category: "charge", amount: 1_000, fee: 130, net: 870 },
      ],
    ],
  ] as const)("is captured in part, booked as %s", async (partialCapture, amount_refunded, booked) => {
    fake.books.behaviour = { ...fake.books.behaviour, partialCapture };
    const intent = wait();
    expect(await stripe.paymentIntents.retrieve(intent.id, {}, THERE)).toMatchObject({
      status: "requires_capture",
      amount_capturable: 1_000,
      amount_received: 0,
    });
    expect(await objectOf("charge.succeeded", THERE)).toMatchObject({ captured: false, balance_transaction: null });
    expect(() => fake.books.capture(intent, 1_001)).toThrow("The amount exceeds the capturable amount.");
    fake.books.capture(intent, 600);
    expect(await eventTypes(THERE)).toEqual(["charge.succeeded", "charge.captured", "payment_intent.succeeded"]);
    expect(await objectOf("charge.captured", THERE)).toMatchObject({
      captured: true,
      amount: 1_000,
      amount_captured: 600,
      amount_refunded,
      refunded: false,
    });
    expect((await stripe.balanceTransactions.list({}, THERE)).data).toMatchObject(booked);
    const { data: refunds } = await stripe.refunds.list({ expand: ["data.balance_transaction"] }, THERE);
    expect(refunds).toMatchObject(
      partialCapture === "reversal with refund"
        ? [{ amount: 400, status: "succeeded", balance_transaction: booked[0] }]
        : [],
    );
    expect(() => refund(fake.books, intent, { amount: 601 })).toThrow("The amount exceeds the refundable amount.");
    expect(() => fake.books.expire(intent)).toThrow("nothing to capture");
    refund(fake.books, intent, { amount: 600 });
    expect(fake.books.chargeOf(intent)).toMatchObject({ amount_refunded: amount_refunded + 600, refunded: true });
  });

  test.each([
    ["captured amount", "expired", []],
    [
      "reversal with refund",
      "automatic",
      [{ reason: "expired_uncaptured_charge", balance_transaction: null, amount: 1_000 }],
    ],
  ] as const)("expires, with the release booked as %s", async (partialCapture, cancellation_reason, refunds) => {
    fake.books.behaviour = { ...fake.books.behaviour, partialCapture };
    const intent = wait();
    fake.books.expire(intent);
    expect(await eventTypes(THERE)).toEqual(["charge.succeeded", "charge.expired", "payment_intent.canceled"]);
    const refunded = refunds.length > 0;
    expect(await objectOf("charge.expired", THERE)).toMatchObject({ captured: false, amount_captured: 0, refunded });
    expect(await objectOf("payment_intent.canceled", THERE)).toMatchObject({ status: "canceled", cancellation_reason });
    expect((await stripe.refunds.list({}, THERE)).data).toMatchObject(refunds);
  });

  test.each([
    ["captured amount", ["payment_intent.canceled"]],
    ["reversal with refund", ["charge.refunded", "payment_intent.canceled"]],
  ] as const)("is cancelled, with the release booked as %s", async (partialCapture, events) => {
    fake.books.behaviour = { ...fake.books.behaviour, partialCapture };
    fake.books.cancel(wait());
    expect((await eventTypes(THERE)).slice(1)).toEqual(events);
  });
});

describe("a succeeded payment", () => {
  test("is refunded, with transfer and fee; refunds succeed or fail", async () => {
    const intent = fake.books.pay(DESTINATION);
    const before = (await eventTypes()).length;
    const [good, bad] = [1, 2].map(() =>
      refund(fake.books, intent, { amount: 500, reverseTransfer: true, refundFee: true, pending: true }),
    );
    if (!good || !bad) throw new Error("There are no refunds.");
    expect(await objectOf("refund.created")).toMatchObject({
      status: "pending",
      transfer_reversal: expect.stringMatching(/^trr_/) as unknown,
    });
    settleRefund(fake.books, intent, good);
    failRefund(fake.books, intent, bad);
    const one = ["transfer.reversed", "application_fee.refunded", "charge.refunded", "refund.created"];
    expect((await eventTypes()).slice(before)).toEqual([...one, ...one, "refund.updated", "refund.failed"]);
    expect(await objectOf("refund.updated")).toMatchObject({ id: good.id, status: "succeeded" });
    expect(await objectOf("refund.failed")).toMatchObject({ id: bad.id, status: "failed", failure_reason: "unknown" });
    expect(await objectOf("transfer.reversed")).toMatchObject({ amount_reversed: 1_000, reversed: true });
    expect(await objectOf("application_fee.refunded")).toMatchObject({ amount_refunded: 100, refunded: true });
    expect(await eventTypes(THERE)).toEqual([]);
  });

  test("is disputed; disputes change, and are won or lost", async () => {
    const intent = fake.books.pay(DIRECT);
    const won = dispute(fake.books, intent);
    updateDispute(fake.books, intent, won, "under_review");
    closeDispute(fake.books, intent, won, "won");
    closeDispute(fake.books, intent, dispute(fake.books, intent), "lost");
    const opened = ["charge.dispute.created", "charge.dispute.funds_withdrawn"];
    expect((await eventTypes(THERE)).slice(2)).toEqual([
      ...opened,
      "charge.dispute.updated",
      "charge.dispute.funds_reinstated",
      "charge.dispute.closed",
      ...opened,
      "charge.dispute.closed",
    ]);
    expect(await objectOf("charge.dispute.updated", THERE)).toMatchObject({ id: won.id, status: "under_review" });
    expect(await objectOf("charge.dispute.funds_reinstated", THERE)).toMatchObject({ status: "won" });
  });

  test("is transferred separately, and the transfer is reversed", async () => {
    const intent = fake.books.pay({ ...DIRECT, mode: "transfer" });
    const { id } = fake.books.addTransfer(intent, 700);
    updateTransfer(fake.books, intent, { batch: "7" });
    reverseTransfer(fake.books, intent, 300);
    expect((await eventTypes()).slice(-3)).toEqual(["transfer.created", "transfer.updated", "transfer.reversed"]);
    expect(await objectOf("transfer.updated")).toMatchObject({ id, metadata: { batch: "7" }, amount_reversed: 0 });
    expect(await objectOf("transfer.reversed")).toMatchObject({ id, amount_reversed: 300, reversed: false });
    expect((await stripe.balanceTransactions.list({}, THERE)).data).toMatchObject([
      { type: "payment_refund", net: -300 },
      { type: "payment", net: 700 },
    ]);
    expect(() => reverseTransfer(fake.books, intent, 401)).toThrow("no such transfer");
  });

  test("is paid out; payouts are paid or fail", async () => {
    fake.books.pay(DIRECT);
    failPayout(fake.books, ACCOUNT, payOut(fake.books, ACCOUNT));
    expect((await eventTypes(THERE)).slice(2)).toEqual([
      "payout.created",
      "payout.paid",
      "payout.reconciliation_completed",
      "payout.failed",
    ]);
    expect(await objectOf("payout.paid", THERE)).toMatchObject({ status: "paid", failure_code: null });
    expect(await objectOf("payout.failed", THERE)).toMatchObject({ status: "failed", failure_code: "account_closed" });
  });
});

test("has its application fee on the arrival of a destination charge, and on a direct charge itself", async () => {
  const [direct, destination] = [DIRECT, DESTINATION].map((order) => fake.books.chargeOf(fake.books.pay(order)));
  const expand = ["data.charge.source_transfer", "data.originating_transaction"];
  expect((await stripe.applicationFees.list({ expand })).data).toMatchObject([
    {
      charge: { id: expect.stringMatching(/^py_/) as unknown, source_transfer: { id: destination?.transfer } },
      originating_transaction: { id: destination?.id },
    },
    { charge: { id: direct?.id }, originating_transaction: null },
  ]);
});

test("has events that can be fetched by id, only by the account concerned", async () => {
  fake.books.pay(DIRECT);
  const [platform] = (await stripe.events.list()).data;
  const [there] = (await stripe.events.list({}, THERE)).data;
  if (!platform || !there) throw new Error("There are no events.");
  expect(platform).not.toHaveProperty("account");
  expect(there).toMatchObject({ account: ACCOUNT, pending_webhooks: 0 });
  expect(await stripe.events.retrieve(platform.id)).toMatchObject({ type: "application_fee.created" });
  expect(await stripe.events.retrieve(there.id, {}, THERE)).toMatchObject({ type: "payment_intent.succeeded" });
  await expect(stripe.events.retrieve(there.id)).rejects.toMatchObject({ code: "resource_missing" });
});
