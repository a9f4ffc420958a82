import { dispute, closeDispute } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import { refundFee, reverseTransfer } from "../../testing/fake-stripe/reversals.ts";
import { log } from "../../src/log.ts";
import { processEvent } from "../../src/jobs/events/process-event.ts";
import { syncStore } from "../../src/store/sync-store.ts";
import { newFranchisee } from "../support/api.ts";
import { isolateDatabase, transactionsOf } from "../support/database.ts";
import { CrashError, SimulatedProcess } from "../support/simulated-process.ts";
import { DAY, HOUR, MINUTE, startTimeline, type Timeline } from "../support/timeline-fixture.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";
import { eventDependencies, eventOf, readStored, storedEvent } from "../support/webhooks.ts";

isolateDatabase();

const startStripe = fakeStripes();
let timeline: Timeline;
beforeEach(async () => {
  timeline = await startTimeline(startStripe);
});

// Stripe sends webhooks, and none of them arrives.
beforeEach(() => {
  timeline.fake.books.onEvent = () => {};
});
afterEach(() => jest.restoreAllMocks());

test.each<[string, "direct" | "destination", (id: string) => void, object]>([
  [
    "a fee returned without a refund",
    "direct",
    (id) => void refundFee(timeline.fake.books, required(timeline.fake.books.intent(id)), 11),
    { applicationFeeRefunded: 11 },
  ],
  [
    "a transfer reversed without a refund",
    "destination",
    (id) => void reverseTransfer(timeline.fake.books, required(timeline.fake.books.intent(id)), 7),
    { transferReversed: 7, netAdjustment: { amount: -7 } },
  ],
  ["a payout", "direct", () => void payOut(timeline.fake.books, timeline.franchiseeId), { payout: { status: "paid" } }],
  [
    "a payout of a transferred payment",
    "destination",
    () => void payOut(timeline.fake.books, timeline.franchiseeId),
    { payout: { status: "paid" } },
  ],
])("%s, long after the payment, is found without a webhook", async (_what, mode, act, shown) => {
  const { id } = timeline.pay({ mode });
  timeline.after(10 * MINUTE);
  await timeline.sync();
  timeline.after(40 * DAY);
  await timeline.sync();
  act(id);
  timeline.after(HOUR);
  const reports = await timeline.sync();
  expect((await transactionsOf(timeline.franchiseeId).doc(id).get()).get("stripe")).toMatchObject(shown);
  expect(reports.map(({ events }) => events.processed).toSorted()).not.toEqual([0, 0]);
  const again = await timeline.after(HOUR).sync();
  expect(again.map(({ updated, events }) => [updated, events.processed])).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test("the sync skips events that a webhook has processed, and resumes unfinished ones", async () => {
  const { fake, franchiseeId } = timeline;
  const brought = timeline.pay();
  const left = timeline.pay();
  await timeline.after(10 * MINUTE).sync();
  const lost = dispute(fake.books, left);
  closeDispute(fake.books, left, lost, "lost");
  refundFee(fake.books, brought, 11);
  const [fee, closed] = [
    eventOf(fake, null, "application_fee.refunded"),
    eventOf(fake, franchiseeId, "charge.dispute.closed"),
  ];
  await processEvent(readStored(fee), eventDependencies(connectTo(fake)));
  const crashing = new SimulatedProcess(1);
  const dependencies = eventDependencies(crashing.connection(connectTo(fake)), crashing.store());
  await expect(processEvent(readStored(closed), dependencies)).rejects.toThrow(CrashError);
  expect([await storedEvent(fee.id), await storedEvent(closed.id)]).toMatchObject([
    { status: "done" },
    { status: "processing" },
  ]);

  await timeline.after(HOUR).sync();
  expect([await storedEvent(fee.id), await storedEvent(closed.id)]).toMatchObject([
    { status: "done", effects: [{ outcome: "updated" }] },
    { status: "done" },
  ]);
});

test("the sync resumes all unfinished events, page by page", async () => {
  const { fake, franchiseeId } = timeline;
  const intent = timeline.pay();
  await timeline.after(10 * MINUTE).sync();
  dispute(fake.books, intent);
  const event = readStored(eventOf(fake, franchiseeId, "charge.dispute.created"));
  // A few more than a page; several were received in the same millisecond.
  const ids = Array.from({ length: 103 }, (_none, index) => `${event.id}${index}`);
  for (const [index, id] of ids.entries()) {
    await syncStore.claimEvent({ ...event, id }, new Date(timeline.seconds * 1_000 + Math.floor(index / 4)));
  }
  await timeline.after(HOUR).sync();
  expect(new Set((await syncStore.eventStatuses(ids)).values())).toEqual(new Set(["done"]));
});

test("a page of events costs one fetch for each payment", async () => {
  const { fake } = timeline;
  const payments = [timeline.pay(), timeline.pay(), timeline.pay()];
  await timeline.after(10 * MINUTE).sync();
  await timeline.after(2 * DAY).sync();
  for (const intent of payments) for (const amount of [1, 2, 3, 4]) refundFee(fake.books, intent, amount);
  fake.requests.clear();
  const reports = await timeline.after(HOUR).sync();
  expect(reports.map(({ events }) => events.processed)).toEqual([12, 0]);
  expect(fake.requests.get("GET /v1/payment_intents/pi_…") ?? fake.requests.get("GET /v1/payment_intents_…")).toBe(3);
});

test("a sync that starts after Stripe deleted events logs a warning, and processes the remaining ones", async () => {
  const intent = timeline.pay();
  await timeline.after(10 * MINUTE).sync();
  const warn = jest.spyOn(log, "warn").mockReturnValue();
  timeline.after(20 * DAY);
  refundFee(timeline.fake.books, intent, 11);
  timeline.after(10 * DAY);
  await timeline.sync();
  expect(warn.mock.calls.map(([message]) => message)).toContain("stripe sync missed events older than 25 days");
  expect((await transactionsOf(timeline.franchiseeId).doc(intent.id).get()).get("stripe.applicationFeeRefunded")).toBe(
    11,
  );
});

test("a run reports an event about an unreadable document, and processes the others", async () => {
  const [bad, good] = [timeline.pay(), timeline.pay()];
  await timeline.after(10 * MINUTE).sync();
  await timeline.after(2 * DAY).sync();
  await transactionsOf(timeline.franchiseeId).doc(bad.id).update({ revision: 1.5 });
  for (const intent of [bad, good]) refundFee(timeline.fake.books, intent, 11);
  jest.spyOn(log, "error").mockReturnValue();
  await expect(timeline.after(HOUR).sync()).rejects.toThrow("1 payments could not be imported");
  expect((await transactionsOf(timeline.franchiseeId).doc(good.id).get()).get("stripe.applicationFeeRefunded")).toBe(
    11,
  );
});

test("a payout with an unreadable document fails each run until the document is corrected", async () => {
  const [bad, good] = [timeline.pay(), timeline.pay()];
  await timeline.after(10 * MINUTE).sync();
  await timeline.after(2 * DAY).sync();
  const document = transactionsOf(timeline.franchiseeId).doc(bad.id);
  await document.update({ revision: 1.5 });
  payOut(timeline.fake.books, timeline.franchiseeId);
  jest.spyOn(log, "error").mockReturnValue();
  for (let run = 0; run < 3; run += 1) {
    await expect(timeline.after(2 * HOUR).sync()).rejects.toThrow("1 payments could not be imported");
  }
  const payoutOf = async (id: string): Promise<unknown> =>
    (await transactionsOf(timeline.franchiseeId).doc(id).get()).get("stripe.payout.status");
  expect([await payoutOf(bad.id), await payoutOf(good.id)]).toEqual([undefined, "paid"]);
  await document.update({ revision: 1 });
  await timeline.after(HOUR).sync();
  expect([await payoutOf(bad.id), await payoutOf(good.id)]).toEqual(["paid", "paid"]);
});

test("an event whose request Stripe refuses is quarantined, and does not block others", async () => {
  const { fake, franchiseeId } = timeline;
  const intent = timeline.pay();
  await timeline.after(10 * MINUTE).sync();
  await timeline.after(2 * DAY).sync();
  refundFee(fake.books, intent, 11);
  fake.books.emitOn(null, "payment_intent.succeeded", { id: ".." });
  fake.books.emitOn(null, "payment_intent.succeeded", { id: "pi_odd" });
  fake.inject({ path: "/v1/payment_intents/pi_odd", kind: { status: 400 } });
  const odd = eventOf(fake, null, "payment_intent.succeeded");
  const error = jest.spyOn(log, "error").mockReturnValue();
  await timeline.after(HOUR).sync();
  expect(error).toHaveBeenCalledWith("stripe event could not be parsed", expect.anything(), expect.anything());
  const fields = { eventId: odd.id, type: odd.type, outcome: "quarantined" };
  expect(error).toHaveBeenCalledWith("stripe event", expect.anything(), fields);
  const stored = await storedEvent(odd.id);
  expect([stored?.["status"], stored?.["reason"]]).toEqual([
    "quarantined",
    expect.stringContaining("Processing failed: Stripe rejects the request"),
  ]);
  expect((await transactionsOf(franchiseeId).doc(intent.id).get()).get("stripe.applicationFeeRefunded")).toBe(11);
});

test("a payment that is shared after it was recorded for one franchisee fails each run, with its id", async () => {
  const { fake, franchiseeId } = timeline;
  const intent = timeline.pay({ mode: "transfer" });
  fake.books.addTransfer(intent, 800);
  await timeline.after(10 * MINUTE).sync();
  reverseTransfer(fake.books, intent, 800);
  fake.books.addTransfer(intent, 800, { destination: newFranchisee() });
  jest.spyOn(log, "error").mockReturnValue();
  const reason = `${intent.id} is recorded as ${franchiseeId}'s alone, and now has transfers to several franchisees`;
  for (let run = 0; run < 2; run += 1) await expect(timeline.after(HOUR).sync()).rejects.toThrow(reason);
  await transactionsOf(franchiseeId).doc(intent.id).delete();
  expect((await timeline.after(HOUR).sync()).map(({ outcome }) => outcome)).toEqual(["done", "done"]);
});

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The value is missing.");
  return value;
}
