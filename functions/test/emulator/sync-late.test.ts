import { Timestamp } from "firebase-admin/firestore";
import { closeDispute, dispute, failRefund, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";
import { DAY, HOUR, MINUTE, startTimeline, type Timeline } from "../support/timeline-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();

const startStripe = fakeStripes();
let timeline: Timeline;
beforeEach(async () => {
  timeline = await startTimeline(startStripe);
});

test.each([5, 30])(
  "a payment that succeeds %d days after it was created is found by the next 35-day rescan",
  async (days) => {
    const intent = timeline.after(10 * MINUTE).order();
    timeline.fake.books.attempt(intent, "processing");
    await timeline.after(HOUR).sync();
    expect(await timeline.transaction(intent)).toBeNull();
    // Every run in between advances the watermark.
    await timeline.after((days - 1) * DAY).sync();
    timeline.after(DAY).fake.books.attempt(intent);
    await timeline.after(HOUR).sync();
    expect(await timeline.transaction(intent)).toMatchObject({
      status: "succeeded",
      amount_franchisee_net: 900,
      createdAt: new Date(intent.created * 1000),
    });
  },
);

test("a payment with a golden record that succeeds later is found by the next run", async () => {
  const intent = timeline.after(10 * MINUTE).order();
  timeline.fake.books.attempt(intent, "processing");
  await timeline.golden({ stripePaymentId: intent.id, status: "processing" });
  await timeline.after(2 * HOUR).sync();
  expect(await timeline.transaction(intent)).toMatchObject({
    status: "processing",
    reconciliation: { status: "expected" },
  });
  timeline.after(20 * HOUR).fake.books.attempt(intent);
  const [, own] = await timeline.after(5 * MINUTE).sync();
  expect(own?.isDeep).toBe(false);
  expect(await timeline.transaction(intent)).toMatchObject({
    status: "succeeded",
    reconciliation: { status: "matched" },
  });
});

test.each(["direct", "destination"] as const)(
  "fees of a %s charge that Stripe writes 50 minutes later are found",
  async (mode) => {
    const applicationFee = mode === "direct" ? 41 : 100;
    const intent = timeline.after(10 * MINUTE).pay({ mode, applicationFee, settles: "late" });
    await timeline.golden({ stripePaymentId: intent.id });
    await timeline.after(5 * MINUTE).sync();
    expect(await timeline.transaction(intent)).toMatchObject({
      amount_franchisee_net: 900,
      stripe: { feesStatus: "pending" },
      reconciliation: { status: "expected" },
    });
    timeline.after(45 * MINUTE).fake.books.settle(intent);
    await timeline.after(3 * HOUR).sync();
    expect(await timeline.transaction(intent)).toMatchObject({
      stripe: { feesStatus: "final" },
      reconciliation: { status: "matched", differences: [] },
    });
  },
);

test("a charge that Stripe lists only after the scan has passed its time is found", async () => {
  await timeline.after(2 * HOUR).sync();
  const late = timeline.pay({ chargedAt: timeline.seconds - 30 * 60 });
  await timeline.after(5 * MINUTE).sync();
  expect(await timeline.transaction(late)).toMatchObject({ amount_franchisee_net: 900 });
});

test("a golden record that arrives after the sync replaces Stripe's fields, and the creation time stays", async () => {
  const intent = timeline.after(10 * MINUTE).pay();
  await timeline.after(HOUR).sync();
  const before = await timeline.transaction(intent);
  expect(before).toMatchObject({ source: "stripe", reconciliation: { status: "missing_in_portal" } });
  await timeline.golden({ stripePaymentId: intent.id, name: "Ada", amount_franchisee_net: 901 });
  expect(await timeline.transaction(intent)).toMatchObject({
    source: "orchestrator",
    name: "Ada",
    amount_franchisee_net: 901,
    createdAt: before?.createdAt,
    reconciliation: {
      status: "mismatched",
      differences: [{ field: "amount_franchisee_net", recorded: 901, stripe: 900 }],
    },
  });
  expect(await revisionsOf(timeline.franchiseeId, intent.id)).toMatchObject([{ reason: "first golden record" }]);
});

test("a refund two months later, and a dispute that is lost, are found", async () => {
  const intent = timeline.after(10 * MINUTE).pay();
  const disputed = timeline.pay({ mode: "destination", applicationFee: 100 });
  await timeline.after(HOUR).sync();
  await timeline.after(60 * DAY).sync();
  refund(timeline.fake.books, intent, { amount: 250 });
  const opened = dispute(timeline.fake.books, disputed);
  await timeline.after(2 * HOUR).sync();
  expect(await timeline.transaction(intent)).toMatchObject({ stripe: { amountRefunded: 250 }, amount_total: 1_000 });
  expect(await timeline.transaction(disputed)).toMatchObject({ stripe: { disputeStatus: "needs_response" } });

  closeDispute(timeline.fake.books, disputed, opened, "lost");
  await timeline.after(DAY).sync();
  expect(await timeline.transaction(disputed)).toMatchObject({ stripe: { disputeStatus: "lost" } });
});

test("a refund that fails days after it was made, weeks after the payment, is found", async () => {
  const intent = timeline.after(10 * MINUTE).pay();
  await timeline.after(60 * DAY).sync();
  const refunded = refund(timeline.fake.books, intent, { amount: 250 });
  await timeline.after(2 * HOUR).sync();
  expect(await timeline.transaction(intent)).toMatchObject({ stripe: { amountRefunded: 250 } });
  failRefund(timeline.fake.books, intent, refunded);
  await timeline.after(5 * DAY).sync();
  expect(await timeline.transaction(intent)).toMatchObject({ stripe: { amountRefunded: 0 } });
});

test("a dispute that is opened after a hundred days, and ends after seventy more, is found", async () => {
  const intent = timeline.after(10 * MINUTE).pay();
  await timeline.after(100 * DAY).sync();
  const opened = dispute(timeline.fake.books, intent);
  await timeline.after(HOUR).sync();
  await timeline.after(70 * DAY).sync();
  closeDispute(timeline.fake.books, intent, opened, "won");
  await timeline.after(DAY).sync();
  expect(await timeline.transaction(intent)).toMatchObject({ stripe: { disputeStatus: "won" } });
});

test("legacy documents, also unusual ones, are as readable after a sync as before", async () => {
  const odd = [
    { amount_total: 1000.5 },
    { amount_franchisee_net: -49 },
    { name: "x".repeat(600) },
    { stripePaymentId: "ch_123" },
    { email: { address: "ada@example.com" }, participantCount: "a dozen", status: "paid" },
  ];
  const intents = odd.map(() => timeline.after(MINUTE).pay());
  for (const [index, fields] of odd.entries()) {
    const { id = "" } = intents[index] ?? {};
    const legacy = { stripePaymentId: id, amount_total: 1_000, createdAt: Timestamp.now(), ...fields };
    await transactionsOf(timeline.franchiseeId).doc(id).set(legacy);
  }
  await timeline.after(HOUR).sync();
  await timeline.after(DAY).sync();
  for (const intent of intents)
    expect(await timeline.transaction(intent)).toMatchObject({ stripe: { status: "succeeded" } });
});

test("separate transfers a week after the charge are found", async () => {
  const intent = timeline.after(10 * MINUTE).pay({ mode: "transfer" });
  const [platform] = await timeline.after(HOUR).sync();
  expect(platform?.skipped).toEqual({ "no transfer to a franchisee": 1 });
  timeline.after(7 * DAY).fake.books.addTransfer(intent, 900);
  await timeline.after(DAY).sync();
  expect(await timeline.transaction(intent)).toMatchObject({ amount_franchisee_net: 900, amount_platform_fee: 41 });
});
