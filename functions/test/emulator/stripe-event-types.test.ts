import type Stripe from "stripe";
import * as afterPayment from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { FakeBooks } from "../../testing/fake-stripe/books.ts";
import { failPayout, payOut } from "../../testing/fake-stripe/payouts.ts";
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

/** What is to happen for an event of this type to be the last word on a payment, and what the portal then shows of it. */
type Case = [
  type: (typeof EVENT_TYPES)[number],
  happen: (books: FakeBooks, intent: Stripe.PaymentIntent) => void,
  shown: object,
  mode?: Mode,
];

const paid = (books: FakeBooks, intent: Stripe.PaymentIntent) => void books.attempt(intent);
const reserved = (books: FakeBooks, intent: Stripe.PaymentIntent) => void books.attempt(intent, "requires_capture");

function disputed(books: FakeBooks, intent: Stripe.PaymentIntent): Stripe.Dispute {
  paid(books, intent);
  return afterPayment.dispute(books, intent);
}

function onItsWay(books: FakeBooks, intent: Stripe.PaymentIntent): Stripe.Refund {
  paid(books, intent);
  return afterPayment.refund(books, intent, { amount: 1_000, pending: true });
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
      afterPayment.refund(books, intent, { amount: 2_500, reason: "requested_by_customer" });
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
    (books, intent) => afterPayment.updateDispute(books, intent, disputed(books, intent), "under_review"),
    { disputeStatus: "under_review" },
  ],
  [
    "charge.dispute.closed",
    (books, intent) => afterPayment.closeDispute(books, intent, disputed(books, intent), "lost"),
    { disputeStatus: "lost", netAdjustment: { amount: -10_000 - afterPayment.DISPUTE_FEE } },
  ],
  ["charge.dispute.funds_withdrawn", disputed, { netAdjustment: { amount: -10_000 - afterPayment.DISPUTE_FEE } }],
  [
    "charge.dispute.funds_reinstated",
    (books, intent) => afterPayment.closeDispute(books, intent, disputed(books, intent), "won"),
    { disputeStatus: "won", netAdjustment: { amount: -afterPayment.DISPUTE_FEE } },
  ],
  ["refund.created", onItsWay, { refunds: [{ amount: 1_000, status: "pending" }] }],
  [
    "refund.updated",
    (books, intent) => afterPayment.settleRefund(books, intent, onItsWay(books, intent)),
    { refunds: [{ status: "succeeded" }] },
  ],
  [
    "refund.failed",
    (books, intent) => afterPayment.failRefund(books, intent, onItsWay(books, intent)),
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

test("every type that the webhook listens to has a case", () => {
  expect(new Set(CASES.map(([type]) => type))).toEqual(new Set(EVENT_TYPES));
});

test.each(CASES)(
  "%s, delivered alone, brings what Stripe's books say",
  async (type, happen, shown, mode = "direct") => {
    const { books } = fake;
    const fee = { stripeFee: 320, applicationFee: 680 };
    const intent = books.createIntent({ account: franchiseeId, mode, amount: 10_000, ...fee });
    // The orchestrator has told of it, so that one that has not succeeded is shown as well.
    const transaction = transactionsOf(franchiseeId).doc(intent.id);
    await transaction.set({ amount_total: 10_000, status: "processing", createdAt: new Date() });
    happen(books, intent);

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
