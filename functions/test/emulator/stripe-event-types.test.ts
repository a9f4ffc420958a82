import type Stripe from "stripe";
import * as actions from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { FakeBooks } from "../../testing/fake-stripe/books.ts";
import { cancelPayout, failPayout, payOut, submitPayout } from "../../testing/fake-stripe/payouts.ts";
import { refundFee, reverseTransfer, updateTransfer } from "../../testing/fake-stripe/reversals.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { EVENT_TYPES } from "../../src/domain/stripe-event.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { fakeStripes } from "../support/stripe.ts";
import { deliver, eventOf, SECRETS, serveWebhook, storedEvent } from "../support/webhooks.ts";

isolateDatabase();
const startStripe = fakeStripes();

let fake: FakeStripe;
let url: string;
const franchiseeId = newFranchisee();

beforeAll(async () => {
  fake = await startStripe();
  url = await serveWebhook(fake);
  await database().doc(`franchisees/${franchiseeId}`).set({});
});
afterAll(stopServices);

type Mode = "direct" | "destination";

/** The history of a payment that ends with an event of this type, and what the portal shows afterwards. */
type Case = [
  type: (typeof EVENT_TYPES)[number],
  act: (books: FakeBooks, intent: Stripe.PaymentIntent) => void,
  shown: object,
  mode?: Mode,
];

const paid = (books: FakeBooks, intent: Stripe.PaymentIntent) => void books.attempt(intent);
const reserved = (books: FakeBooks, intent: Stripe.PaymentIntent) => void books.attempt(intent, "requires_capture");

function disputed(books: FakeBooks, intent: Stripe.PaymentIntent): Stripe.Dispute {
  paid(books, intent);
  return actions.dispute(books, intent);
}

function pendingRefund(books: FakeBooks, intent: Stripe.PaymentIntent): Stripe.Refund {
  paid(books, intent);
  return actions.refund(books, intent, { amount: 1_000, pending: true });
}

const CASES: Case[] = [
  ["payment_intent.succeeded", paid, { status: "succeeded" }],
  [
    "payment_intent.payment_failed",
    (books, intent) => void books.attempt(intent, "failed"),
    { status: "requires_payment_method" },
  ],
  ["payment_intent.canceled", (books, intent) => books.cancel(intent), { status: "canceled" }],
  ["payment_intent.processing", (books, intent) => void books.attempt(intent, "processing"), { status: "processing" }],
  [
    "payment_intent.requires_action",
    (books, intent) => void books.attempt(intent, "requires_action"),
    { status: "requires_action" },
  ],
  ["charge.succeeded", reserved, { status: "requires_capture" }],
  [
    "charge.updated",
    (books, intent) => {
      books.specOf(intent).settles = "late";
      paid(books, intent);
      books.settle(intent);
    },
    { feesStatus: "final", amounts: { amount_total: 10_000, amount_stripe_fee: 320 } },
  ],
  [
    "charge.captured",
    (books, intent) => {
      reserved(books, intent);
      books.capture(intent);
    },
    { status: "succeeded", feesStatus: "final" },
  ],
  ["charge.failed", (books, intent) => void books.attempt(intent, "failed"), { status: "requires_payment_method" }],
  [
    "charge.refunded",
    (books, intent) => {
      paid(books, intent);
      actions.refund(books, intent, { amount: 2_500, reason: "requested_by_customer" });
    },
    { amountRefunded: 2_500, refunds: [{ amount: 2_500, reason: "requested_by_customer" }] },
  ],
  [
    "charge.expired",
    (books, intent) => {
      reserved(books, intent);
      books.expire(intent);
    },
    { status: "canceled" },
  ],
  ["charge.dispute.created", disputed, { disputeStatus: "needs_response", disputes: [{ amount: 10_000 }] }],
  [
    "charge.dispute.updated",
    (books, intent) => actions.updateDispute(books, intent, disputed(books, intent), "under_review"),
    { disputeStatus: "under_review" },
  ],
  [
    "charge.dispute.closed",
    (books, intent) => actions.closeDispute(books, intent, disputed(books, intent), "lost"),
    { disputeStatus: "lost", netAdjustment: { amount: -10_000 - actions.DISPUTE_FEE } },
  ],
  ["charge.dispute.funds_withdrawn", disputed, { netAdjustment: { amount: -10_000 - actions.DISPUTE_FEE } }],
  [
    "charge.dispute.funds_reinstated",
    (books, intent) => actions.closeDispute(books, intent, disputed(books, intent), "won"),
    { disputeStatus: "won", netAdjustment: { amount: -actions.DISPUTE_FEE } },
  ],
  ["refund.created", pendingRefund, { refunds: [{ amount: 1_000, status: "pending" }] }],
  [
    "refund.updated",
    (books, intent) => actions.settleRefund(books, intent, pendingRefund(books, intent)),
    { refunds: [{ status: "succeeded" }] },
  ],
  [
    "refund.failed",
    (books, intent) => actions.failRefund(books, intent, pendingRefund(books, intent)),
    { amountRefunded: 0, refunds: [{ status: "failed" }], netAdjustment: { amount: 0 } },
  ],
  ["transfer.created", paid, { received: { net: 9_320 } }, "destination"],
  [
    "transfer.updated",
    (books, intent) => {
      paid(books, intent);
      updateTransfer(books, intent, { note: "late" });
    },
    { received: { net: 9_320 } },
    "destination",
  ],
  [
    "transfer.reversed",
    (books, intent) => {
      paid(books, intent);
      reverseTransfer(books, intent, 400);
    },
    { transferReversed: 400, netAdjustment: { amount: -400 } },
    "destination",
  ],
  ["application_fee.created", paid, { amounts: { amount_platform_fee: 680 } }],
  ["application_fee.created", paid, { amounts: { amount_franchisee_net: 9_320 } }, "destination"],
  [
    "application_fee.refunded",
    (books, intent) => {
      paid(books, intent);
      refundFee(books, intent, 80);
    },
    { applicationFeeRefunded: 80 },
  ],
  [
    "payout.paid",
    (books, intent) => {
      paid(books, intent);
      payOut(books, franchiseeId);
    },
    { payout: { status: "paid" } },
  ],
  [
    "payout.failed",
    (books, intent) => {
      paid(books, intent);
      failPayout(books, franchiseeId, payOut(books, franchiseeId));
    },
    { payout: { status: "failed" } },
    "destination",
  ],
  [
    "payout.reconciliation_completed",
    (books, intent) => {
      paid(books, intent);
      payOut(books, franchiseeId);
    },
    { payout: { status: "paid" } },
    "destination",
  ],
];

/** Events of payouts whose content Stripe does not list (yet), and what the portal shows of the payout. */
const DEPOSITS: [type: Case[0], act: (books: FakeBooks) => Stripe.Payout, shown: object][] = [
  [
    "payout.created",
    (books) => payOut(books, franchiseeId, { settles: "by steps" }),
    { status: "pending", kind: "automatic", composition: null },
  ],
  [
    "payout.updated",
    (books) => {
      const payout = payOut(books, franchiseeId, { settles: "by steps" });
      submitPayout(books, franchiseeId, payout);
      return payout;
    },
    { status: "in_transit", kind: "automatic", composition: null },
  ],
  [
    "payout.canceled",
    (books) => {
      const payout = payOut(books, franchiseeId, { automatic: false, settles: "by steps" });
      cancelPayout(books, franchiseeId, payout);
      return payout;
    },
    { status: "canceled", kind: "manual", composition: null },
  ],
];

test("every subscribed event type has a case", () => {
  expect(new Set([...CASES, ...DEPOSITS].map(([type]) => type))).toEqual(new Set(EVENT_TYPES));
});

test.each(DEPOSITS)("%s, delivered alone, shows the payout", async (type, act, shown) => {
  fake.books.pay({ account: franchiseeId, mode: "direct", amount: 10_000, stripeFee: 320, applicationFee: 680 });
  const { id, amount } = act(fake.books);
  const event = eventOf(fake, franchiseeId, type);
  expect((await deliver(url, event, { secret: SECRETS.connect })).body).toMatchObject({ outcome: "done" });
  const document = await database().doc(`franchisees/${franchiseeId}/payouts/${id}`).get();
  expect(document.data()).toMatchObject({ ...shown, amount, bank: { name: "STRIPE TEST BANK", last4: "6789" } });
});

test("payout.reconciliation_completed shows what the payout contains", async () => {
  fake.books.pay({ account: franchiseeId, mode: "direct", amount: 10_000, stripeFee: 320, applicationFee: 680 });
  const { id, amount } = payOut(fake.books, franchiseeId);
  const event = eventOf(fake, franchiseeId, "payout.reconciliation_completed");
  await deliver(url, event, { secret: SECRETS.connect });
  const document = await database().doc(`franchisees/${franchiseeId}/payouts/${id}`).get();
  expect(document.data()).toMatchObject({ amount, status: "paid", explained: { net: amount, difference: 0 } });
});

test.each(CASES)(
  "%s, delivered alone, brings the figures in Stripe's accounts",
  async (type, act, shown, mode = "direct") => {
    const { books } = fake;
    const fee = { stripeFee: 320, applicationFee: 680 };
    const intent = books.createIntent({ account: franchiseeId, mode, amount: 10_000, ...fee });
    // With a golden record, so that a payment that has not succeeded is stored as well.
    const transaction = transactionsOf(franchiseeId).doc(intent.id);
    await transaction.set({ amount_total: 10_000, status: "processing", createdAt: new Date() });
    act(books, intent);

    const isPlatforms =
      /^(transfer|application_fee)\./.test(type) || (mode === "destination" && !type.startsWith("payout."));
    const event = eventOf(fake, isPlatforms ? null : franchiseeId, type);
    const secret = isPlatforms ? SECRETS.account : SECRETS.connect;
    expect((await deliver(url, event, { secret })).body).toMatchObject({ success: true, outcome: "done" });
    expect((await transaction.get()).get("stripe")).toMatchObject(shown);
    const { effects } = (await storedEvent(event.id)) ?? {};
    expect(effects).toContainEqual({ franchiseeId, stripePaymentId: intent.id, outcome: "updated" });
  },
);
