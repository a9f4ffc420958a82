import { FieldValue } from "firebase-admin/firestore";
import { setTimeout as sleep } from "node:timers/promises";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { type FakeTasks, startFakeTasks } from "../../testing/cloud-tasks.ts";
import type { Fault, FakeStripe } from "../../testing/fake-stripe/server.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { type ServedFunction, serveFunction } from "../../tools/local/served-function.ts";
import { processEventsOptions } from "../../src/config.ts";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";
import { expectTotals } from "../support/totals.ts";
import { fakeStripes } from "../support/stripe.ts";
import { deliver, eventsIn, storedEvent, webhookEnvironment } from "../support/webhooks.ts";

isolateDatabase();
const startStripe = fakeStripes();

// Events for which Stripe has no room, in a queue whose tasks wait six seconds at most.

const firestore = process.env["FIRESTORE_EMULATOR_HOST"] ?? "";
const PAYMENTS = "/v1/payment_intents";

let fake: FakeStripe;
let tasks: FakeTasks;
let webhooks: ServedFunction[];
let worker: ServedFunction;
let franchiseeId: string;

const serve = (name: string): Promise<ServedFunction> =>
  serveFunction(name, firestore, { env: { ...webhookEnvironment(fake), CLOUD_TASKS_EMULATOR_HOST: tasks.host } });

beforeAll(async () => {
  fake = await startStripe();
  tasks = await startFakeTasks(processEventsOptions);
  webhooks = await Promise.all([serve("stripeWebhook"), serve("stripeWebhook")]);
  worker = await serve("processEvents");
});
afterAll(async () => {
  await tasks.close();
  await stopServices();
});

beforeEach(async () => {
  tasks.send = (request) => request(worker.url);
  tasks.refusal = null;
  tasks.counts = { created: 0, duplicates: 0, dispatched: 0, failed: 0 };
  franchiseeId = newFranchisee();
  await database().doc(`franchisees/${franchiseeId}`).set({});
});
afterEach(() => tasks.settled());

const pay = () => fake.books.pay({ account: franchiseeId, mode: "direct", amount: 10_000, stripeFee: 320 });
const events = () => eventsIn(fake.books.connect(franchiseeId));
const outcomes = async (all: readonly StoredEvent[], instance = 0) => {
  const responses = await Promise.all(all.map((event) => deliver(webhooks[instance]?.url ?? "", event)));
  return responses.map(({ status, body }) => [status, body?.outcome ?? body?.error?.code]);
};
const statuses = async () => Promise.all(events().map(async ({ id }) => (await storedEvent(id))?.["status"]));
const stored = async (id: string) => (await transactionsOf(franchiseeId).doc(id).get()).data();
const fetches = () => fake.requests.get("GET /v1/payment_intents/pi_…") ?? 0;
const queued = [200, "queued"];

/** Delivers events until they are done: after 429s an instance sends few requests. */
async function untilDone(all: readonly StoredEvent[]): Promise<void> {
  do {
    for (const [status] of await outcomes(all)) expect([200, 503]).toContain(status);
  } while ((await statuses()).includes("processing"));
}

/** Holds the next request about a payment, and waits for it. Returns a function that lets it through. */
async function holdTask(): Promise<() => void> {
  const { promise: until, resolve } = Promise.withResolvers<void>();
  fake.inject({ path: PAYMENTS, kind: { until } });
  fake.requests.clear();
  while (fetches() === 0) await sleep(20);
  return resolve;
}

test.each<[string, Fault["kind"]]>([
  ["rejects every request with a 429", { status: 429 }],
  ["responds with server errors", { status: 500 }],
  ["drops connections", "drop"],
])("while Stripe %s, events are queued, and done later with one request", async (_what, kind) => {
  const { id } = pay();
  const all = events();
  expect(all.length).toBeGreaterThan(1);
  fake.inject({ path: PAYMENTS, kind, times: Infinity });
  expect(await outcomes(all)).toEqual(all.map(() => queued));
  expect(new Set(await statuses())).toEqual(new Set(["processing"]));
  expect(await stored(id)).toBeUndefined();

  fake.recover();
  fake.requests.clear();
  await tasks.settled();
  expect(new Set(await statuses())).toEqual(new Set(["done"]));
  expect(await stored(id)).toMatchObject({ amount_total: 10_000, stripe: { feesStatus: "final" } });
  expect(await revisionsOf(franchiseeId, id)).toHaveLength(0);
  expect([...fake.requests.values()]).toEqual([1]);
  await expectTotals(franchiseeId);
});

test("events of one payment from two instances share a task, and one request completes them", async () => {
  pay();
  const all = events();
  fake.rateLimit = 0;
  const both = await Promise.all([outcomes(all, 0), outcomes(all, 1)]);
  expect(both.flat()).toEqual([...all, ...all].map(() => queued));
  expect(tasks.counts.duplicates).toBeGreaterThan(0);
  // Two, if a window ended in between.
  expect(tasks.counts.created).toBeLessThanOrEqual(2);
  fake.rateLimit = null;
  fake.requests.clear();
  await tasks.settled();
  expect(new Set(await statuses())).toEqual(new Set(["done"]));
  expect([...fake.requests.values()]).toEqual([1]);
});

test("if the queue refuses a task the response is 503, and the same event succeeds later", async () => {
  pay();
  const all = events();
  tasks.refusal = 403;
  fake.rateLimit = 0;
  expect(await outcomes(all)).toEqual(all.map(() => [503, "unavailable"]));
  expect(new Set(await statuses())).toEqual(new Set(["processing"]));
  fake.rateLimit = null;
  await untilDone(all);
  expect(tasks.counts.created).toBe(0);
});

test("an event that is delivered again while it is queued is done once", async () => {
  const { id } = pay();
  const all = events();
  fake.rateLimit = 0;
  expect(await outcomes(all)).toEqual(all.map(() => queued));
  expect(await outcomes(all)).toEqual(all.map(() => queued));
  fake.rateLimit = null;
  await untilDone(all);
  expect(await outcomes(all)).toEqual(all.map(() => [200, "duplicate"]));
  fake.requests.clear();
  await tasks.settled();
  expect(fake.requests.size).toBe(0);
  expect(tasks.counts.dispatched).toBeGreaterThan(0);
  expect(await revisionsOf(franchiseeId, id)).toHaveLength(0);
  await expectTotals(franchiseeId);
});

test.each<[string, Record<string, unknown>]>([
  ["was quarantined", { status: "quarantined", reason: "Processing failed." }],
  ["an earlier version claimed", { subjectKey: FieldValue.delete() }],
])("an event that %s, and is delivered again while Stripe has no room, is done", async (_what, fields) => {
  const { id } = pay();
  const all = events();
  tasks.refusal = 403;
  fake.rateLimit = 0;
  await outcomes(all);
  for (const { id: event } of all) await database().doc(`stripeEvents/${event}`).update(fields);
  tasks.refusal = null;
  expect(await outcomes(all)).toEqual(all.map(() => queued));
  fake.rateLimit = null;
  await tasks.settled();
  expect(new Set(await statuses())).toEqual(new Set(["done"]));
  expect(await stored(id)).toMatchObject({ amount_total: 10_000 });
});

test("a wait that Stripe asks for is left to the queue", async () => {
  pay();
  const [event] = events();
  if (!event) throw new Error("Stripe sent no event.");
  fake.inject({ path: PAYMENTS, kind: { status: 429, headers: { "retry-after": "20" } } });
  expect(await outcomes([event])).toEqual([queued]);
  await tasks.settled();
  expect((await storedEvent(event.id))?.["status"]).toBe("done");
});

test("an event that is queued while a task of its payment runs gets a request of its own", async () => {
  const intent = pay();
  const before = events();
  fake.rateLimit = 0;
  expect(await outcomes(before)).toEqual(before.map(() => queued));
  fake.rateLimit = null;
  const resume = await holdTask();

  refund(fake.books, intent, { amount: 1_000 });
  const after = events().slice(before.length);
  expect(after.length).toBeGreaterThan(0);
  fake.rateLimit = 0;
  expect(await outcomes(after)).toEqual(after.map(() => queued));
  fake.rateLimit = null;
  fake.requests.clear();
  resume();
  await tasks.settled();
  expect(new Set(await statuses())).toEqual(new Set(["done"]));
  expect(fetches()).toBe(1);
  expect(await stored(intent.id)).toMatchObject({ stripe: { amountRefunded: 1_000 } });
  await expectTotals(franchiseeId);
});

test("a task whose instance is killed, and one for which Stripe has no room, are retried", async () => {
  tasks.speed = 20;
  const { id } = pay();
  const all = events();
  fake.rateLimit = 0;
  expect(await outcomes(all)).toEqual(all.map(() => queued));
  fake.rateLimit = null;
  const resume = await holdTask();
  const { promise: served, resolve: serveTasks } = Promise.withResolvers<ServedFunction>();
  tasks.send = async (request) => request((await served).url);
  if (worker.pid !== undefined) process.kill(worker.pid, "SIGKILL");
  await worker.ended;
  resume();
  expect(new Set(await statuses())).toEqual(new Set(["processing"]));
  fake.rateLimit = 0;
  worker = await serve("processEvents");
  const { dispatched } = tasks.counts;
  serveTasks(worker);
  while (tasks.counts.dispatched === dispatched) await sleep(20);
  fake.rateLimit = null;
  await tasks.settled();
  tasks.speed = 1;
  expect(tasks.counts.failed).toBe(0);
  expect(new Set(await statuses())).toEqual(new Set(["done"]));
  expect(await stored(id)).toMatchObject({ amount_total: 10_000 });
});

test("a burst above Stripe's rate limit is answered at once, and done by the queue", async () => {
  const payments = Array.from({ length: 40 }, pay);
  fake.rateLimit = 10;
  const all = events();
  const answers = await outcomes(all);
  expect(answers.filter((answer) => JSON.stringify(answer) !== JSON.stringify(queued))).toEqual(
    expect.arrayContaining([[200, "done"]]),
  );
  expect(answers).toEqual(expect.arrayContaining([queued]));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(2);
  await tasks.settled();
  fake.rateLimit = null;
  expect(new Set(await statuses())).toEqual(new Set(["done"]));
  const { transactions } = await expectTotals(franchiseeId);
  expect(transactions).toHaveLength(payments.length);
});
