import { setTimeout as sleep } from "node:timers/promises";
import { counterDispute, dispute, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { type EventResult, processEvent } from "../../src/jobs/events/process-event.ts";
import { apply } from "../../src/store/apply.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";
import { CrashError, SimulatedProcess } from "../support/simulated-process.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";
import { eventDependencies, eventOf, readStored, storedEvent } from "../support/webhooks.ts";

isolateDatabase();
const startStripe = fakeStripes();

let fake: FakeStripe;
let franchiseeId: string;

beforeEach(async () => {
  fake = await startStripe();
  franchiseeId = newFranchisee();
  await database().doc(`franchisees/${franchiseeId}`).set({});
});

const take = (stored: StoredEvent, process = new SimulatedProcess()): Promise<EventResult> =>
  processEvent(readStored(stored), eventDependencies(process.connection(connectTo(fake)), process.store()));
const eventOfType = (type: string) => eventOf(fake, franchiseeId, type);
const transaction = async (id: string) => (await transactionsOf(franchiseeId).doc(id).get()).data();
const direct = { mode: "direct", amount: 10_000, stripeFee: 320, applicationFee: 680 } as const;

test("charge.succeeded before its balance transaction is pending, and charge.updated makes it final and matched", async () => {
  const intent = fake.books.pay({ account: franchiseeId, ...direct, settles: "late" });
  const amounts = { amount_total: 10_000, amount_stripe_fee: 320, amount_platform_fee: 680 };
  const record = { stripePaymentId: intent.id, ...amounts, amount_franchisee_net: 9_000 };
  await apply(franchiseeId, observation(record, Date.now() / 1000), { now: new Date(), defaults: DEFAULTS });
  await take(eventOfType("charge.succeeded"));
  expect(await transaction(intent.id)).toMatchObject({
    stripe: { status: "succeeded", feesStatus: "pending", amounts: null },
    reconciliation: { status: "expected" },
  });
  fake.books.settle(intent);
  await take(eventOfType("charge.updated"));
  expect(await transaction(intent.id)).toMatchObject({
    stripe: { feesStatus: "final", amounts: { amount_franchisee_net: 9_000 } },
    reconciliation: { status: "matched", differences: [] },
  });
});

test.each<[string, () => StoredEvent]>([
  [
    "a refund",
    () => {
      refund(fake.books, fake.books.pay({ account: franchiseeId, ...direct }), { amount: 100, refundFee: true });
      return eventOfType("charge.refunded");
    },
  ],
  [
    "the application fee of a direct charge",
    () => {
      fake.books.pay({ account: franchiseeId, ...direct });
      return eventOf(fake, null, "application_fee.created");
    },
  ],
  [
    "a payout of payments that the ledger does not have yet",
    () => {
      fake.books.pay({ account: franchiseeId, ...direct });
      fake.books.pay({ account: franchiseeId, mode: "destination", amount: 10_000, transferAmount: 9_000 });
      payOut(fake.books, franchiseeId);
      return eventOfType("payout.paid");
    },
  ],
  [
    "an event that is quarantined",
    () => {
      const intent = fake.books.pay({ account: franchiseeId, mode: "transfer", amount: 10_000 });
      fake.books.addTransfer(intent, 100);
      fake.books.addTransfer(intent, 100, { destination: newFranchisee() });
      return eventOf(fake, null, "transfer.created");
    },
  ],
])("%s: a crash after any step has the same result once the event is processed again", async (_what, makeEvent) => {
  const event = makeEvent();
  const stored = async () => {
    const documents = (await transactionsOf(franchiseeId).get()).docs;
    const revisions = await Promise.all(documents.map(({ id }) => revisionsOf(franchiseeId, id)));
    const { status, reason, payments } = (await storedEvent(event.id)) ?? {};
    const facts = documents.map((document): unknown[] => [
      document.id,
      document.get("stripe.amounts"),
      document.get("stripe.payout"),
    ]);
    return { status, reason, payments, facts, revisions: revisions.map((kept) => kept.length) };
  };
  const whole = new SimulatedProcess();
  const { outcome } = await take(event, whole);
  const expected = await stored();
  expect(whole.steps).toBeGreaterThan(2);
  expect(expected.status).toBe(outcome);

  for (let last = 1; last < whole.steps; last += 1) {
    await database().recursiveDelete(transactionsOf(franchiseeId));
    await database().doc(`stripeEvents/${event.id}`).delete();
    await expect(take(event, new SimulatedProcess(last))).rejects.toThrow(CrashError);
    // Whatever is committed by then, Stripe has no response, and sends it again.
    expect((await storedEvent(event.id))?.["status"]).toBe("processing");
    await take(event);
    expect([last, await stored()]).toEqual([last, expected]);
  }
});

test("a processed event is ignored, whatever has changed since; an operator's replay processes it again", async () => {
  const intent = fake.books.pay({ account: franchiseeId, ...direct });
  const event = eventOfType("charge.succeeded");
  expect(await take(event)).toMatchObject({ outcome: "done", effects: [{ outcome: "created" }] });
  refund(fake.books, intent, { amount: 100 });
  fake.requests.clear();
  expect(await take(event)).toEqual({ outcome: "duplicate", reason: null, effects: [] });
  expect(fake.requests.size).toBe(0);
  const replayed = await processEvent(readStored(event), eventDependencies(connectTo(fake)), true);
  expect(replayed).toMatchObject({ outcome: "done", effects: [{ outcome: "updated" }] });
});

test("a slow reading with other content cannot replace a faster one that confirmed the known content", async () => {
  const intent = fake.books.createIntent({ account: franchiseeId, ...direct });
  fake.books.attempt(intent, "requires_action");
  await apply(franchiseeId, observation({ stripePaymentId: intent.id, status: null }), {
    now: new Date(),
    defaults: DEFAULTS,
  });
  const action = eventOfType("payment_intent.requires_action");
  await take(action);

  // The status changes and reverts; the reading in between is slow to commit.
  const { promise: until, resolve: resume } = Promise.withResolvers<void>();
  intent.status = "requires_payment_method";
  const slow = eventDependencies(connectTo(fake));
  const hasRead = Promise.withResolvers<void>();
  const between = processEvent(readStored({ ...action, id: `${action.id}2` }), {
    ...slow,
    fetchPayment: async (place) => {
      const reading = await slow.fetchPayment(place);
      hasRead.resolve();
      await until;
      return reading;
    },
  });
  await hasRead.promise;
  intent.status = "requires_action";
  const fast = await take({ ...action, id: `${action.id}3` });
  expect(fast.effects).toMatchObject([{ outcome: "confirmed" }]);
  expect(await revisionsOf(franchiseeId, intent.id)).toHaveLength(1);
  resume();
  expect((await between).effects).toMatchObject([{ outcome: "stale" }]);
  expect(await transaction(intent.id)).toMatchObject({ status: "requires_action", revision: 1 });
});

describe("a payout", () => {
  test("skips a shared payment, and is quarantined for an inconsistent one; the other payments get it", async () => {
    const good = fake.books.pay({ account: franchiseeId, ...direct });
    const shared = fake.books.pay({ account: franchiseeId, mode: "transfer", amount: 10_000 });
    fake.books.addTransfer(shared, 4_000);
    fake.books.addTransfer(shared, 4_000, { destination: newFranchisee() });
    const { id } = payOut(fake.books, franchiseeId);
    expect(await take(eventOfType("payout.paid"))).toMatchObject({ outcome: "done", reason: null });
    expect(await transaction(good.id)).toMatchObject({ stripe: { payout: { id, status: "paid" } } });
    expect(await transaction(shared.id)).toBeUndefined();

    const [odd, next] = [1, 2].map(() => fake.books.pay({ account: franchiseeId, ...direct }));
    const books = fake.books.connect(franchiseeId);
    const balance = books.balance_transaction.referred(odd && fake.books.chargeOf(odd).balance_transaction);
    Object.assign(balance ?? {}, { fee: 1 });
    const second = payOut(fake.books, franchiseeId);
    expect(await take(eventOfType("payout.paid"))).toMatchObject({
      outcome: "quarantined",
      reason: expect.stringContaining("add up to") as unknown,
    });
    expect(await transaction(next?.id ?? "")).toMatchObject({ stripe: { payout: { id: second.id } } });
  });

  test("made by hand, or of the platform's own balance, has no effect", async () => {
    fake.books.pay({ account: franchiseeId, mode: "destination", amount: 10_000, transferAmount: 9_000 });
    payOut(fake.books, franchiseeId, { automatic: false });
    expect(await take(eventOfType("payout.paid"))).toMatchObject({
      outcome: "done",
      reason: "Stripe does not list its contents, or not yet",
      effects: [],
    });
    payOut(fake.books, null);
    const own = eventOf(fake, null, "payout.paid");
    expect(await take(own)).toMatchObject({ outcome: "done", reason: "a payout of the platform's own", effects: [] });
  });

  test("that contains only later fees of a payment does not contain the payment", async () => {
    fake.books.behaviour = { ...fake.books.behaviour, counteredFee: "charge" };
    const intent = fake.books.pay({ account: franchiseeId, ...direct });
    const { id } = payOut(fake.books, franchiseeId);
    await take(eventOfType("payout.paid"));
    const disputed = dispute(fake.books, intent);
    counterDispute(fake.books, intent, disputed);
    const debit = payOut(fake.books, franchiseeId);
    // The disputed amount, and 15.00 each for the dispute and for countering it.
    expect(debit.amount).toBe(-13_000);
    expect(await take(eventOfType("payout.paid"))).toMatchObject({ outcome: "done" });
    expect(await transaction(intent.id)).toMatchObject({ stripe: { payout: { id } } });
  });

  test("of more payments than a page holds updates each", async () => {
    const ids = Array.from({ length: 103 }, () => fake.books.pay({ account: franchiseeId, ...direct }).id);
    const { id } = payOut(fake.books, franchiseeId);
    const { effects } = await take(eventOfType("payout.reconciliation_completed"));
    expect(effects.map(({ stripePaymentId }) => stripePaymentId).toSorted()).toEqual(ids.toSorted());
    expect(await storedEvent(eventOfType("payout.reconciliation_completed").id)).toMatchObject({
      status: "done",
      payments: 103,
    });
    const paid = transactionsOf(franchiseeId).where("stripe.payout.id", "==", id);
    expect((await paid.get()).size).toBe(103);
  });
});

test("of two concurrent processors of an event, the first one's effects are stored", async () => {
  fake.books.pay({ account: franchiseeId, ...direct });
  const event = eventOfType("charge.succeeded");
  const { promise: until, resolve: resume } = Promise.withResolvers<void>();
  const slow = eventDependencies(connectTo(fake));
  const second = processEvent(readStored(event), {
    ...slow,
    fetchPayment: (place) => until.then(() => slow.fetchPayment(place)),
  });
  while (!(await storedEvent(event.id))) await sleep(5);
  await take(event);
  resume();
  expect(await second).toMatchObject({ outcome: "done", effects: [{ outcome: "confirmed" }] });
  expect(await storedEvent(event.id)).toMatchObject({ status: "done", effects: [{ outcome: "created" }] });
});

test("a processed event stays so, even if it can no longer be resolved", async () => {
  fake.books.pay({ account: franchiseeId, ...direct });
  const event = eventOfType("charge.succeeded");
  await take(event);
  fake.books.deauthorize(franchiseeId);
  const again = await processEvent(readStored(event), eventDependencies(connectTo(fake)), true);
  expect(again).toMatchObject({ outcome: "quarantined" });
  expect(await storedEvent(event.id)).toMatchObject({ status: "done", effects: [{ outcome: "created" }] });
});
