import { join } from "node:path";
import { Firestore } from "firebase-admin/firestore";
import { processEventsOptions, stripeWebhookOptions } from "../../src/config.ts";
import { startFakeTasks } from "../../testing/cloud-tasks.ts";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import { type FakeStripe, startFakeStripe } from "../../testing/fake-stripe/server.ts";
import { FUNCTIONS } from "../cli/paths.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { serveFunction } from "../local/served-function.ts";
import { type Action, deliver, load, quantile, type Round, webhookSettings, withSpread } from "./measure.ts";
import type { Report } from "./report.ts";

const FRANCHISEES = 100;
const CLIENTS = 32;
const ROUNDS = 3;
const EVENTS = 600;
/** Also lets the rate of Stripe requests grow to its maximum. */
const WARM_UP = 1_500;

/** Stripe's limits of all live requests, and of each endpoint (https://docs.stripe.com/rate-limits). */
const BURSTS = [
  { payments: 1_000, stripePerSecond: 100 },
  { payments: 500, stripePerSecond: 25 },
] as const;
/** What one instance serves at once. */
const AT_ONCE = stripeWebhookOptions.concurrency;

/** Many webhooks at once: without a limit at Stripe, and a burst above its limit. */
export async function benchBursts(report: Report): Promise<void> {
  const { address } = await startFirestoreAlone();
  const fake = await startFakeStripe();
  process.env["FIRESTORE_EMULATOR_HOST"] = address;
  const database = new Firestore({ projectId: PROJECT_ID });
  await reset(database, address);
  await benchThroughput(report, fake, address);
  report.section(`Bursts of Stripe webhooks, ${AT_ONCE} at a time, two for each payment`);
  report.note(
    "New instances, one of each function, which have not met Stripe's limit before. Cloud Tasks is a fake " +
      "(testing/cloud-tasks.ts) with the queue's rate, delays and retries: the Firebase CLI's ignores a task's time.",
  );
  const columns: string[][] = [];
  for (const burst of BURSTS) {
    await reset(database, address);
    columns.push(await benchBurst(burst, fake, address, database));
  }
  report.table(BURST_ROWS.map((name, row) => [name].concat(columns.map((cells) => cells[row] ?? ""))));
  await database.terminate();
  await fake.close();
}

/** Leaves only the franchisees: the emulator has no indexes, so a query reads the whole collection. */
async function reset(database: Firestore, address: string): Promise<void> {
  const documents = `projects/${PROJECT_ID}/databases/(default)/documents`;
  await fetch(`http://${address}/emulator/v1/${documents}`, { method: "DELETE" });
  for (let index = 0; index < FRANCHISEES; index += 1) await database.doc(`franchisees/acct_bench${index}`).set({});
}

/** The events of new payments, two of each: those of its PaymentIntent and its charge. */
function newEvents({ books }: FakeStripe, payments: number): StoredEvent[] {
  const events: StoredEvent[] = [];
  books.onEvent = (event) => void events.push(event);
  for (let index = 0; index < payments; index += 1) {
    books.pay({ account: `acct_bench${index % FRANCHISEES}`, mode: "direct", amount: 10_000, stripeFee: 320 });
  }
  books.onEvent = undefined;
  return events.filter(({ type }) => type === "payment_intent.succeeded" || type === "charge.succeeded");
}

/** Delivers the next of these events each time. */
function delivering(url: string, events: readonly StoredEvent[]): Action {
  let next = 0;
  return async () => {
    const event = events[next];
    next += 1;
    if (event) await deliver(url, event);
  };
}

async function benchThroughput(report: Report, fake: FakeStripe, address: string): Promise<void> {
  const webhook = await serveFunction("stripeWebhook", address, { env: webhookSettings(fake) });
  const empty = await serveFunction("empty", address, { source: join(FUNCTIONS, "tools/bench/empty.js") });
  const pids = { function: webhook.pid, client: process.pid };
  const oneOfEach = (payments: number) =>
    newEvents(fake, payments).filter(({ type }) => type === "payment_intent.succeeded");
  const cases: Record<string, (requests: number) => Action> = {
    "an empty function": (requests) => delivering(empty.url, oneOfEach(requests)),
    "events of different payments": (requests) => delivering(webhook.url, oneOfEach(requests)),
    "two events of each payment, one after the other": (requests) =>
      delivering(webhook.url, newEvents(fake, requests / 2)),
  };
  await load(delivering(webhook.url, oneOfEach(WARM_UP)), CLIENTS, WARM_UP);
  const rounds = new Map<string, Round[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, prepare] of Object.entries(cases)) {
      rounds.get(name)?.push(await load(prepare(EVENTS), CLIENTS, EVENTS, pids));
    }
  }
  report.section(`Stripe webhooks, ${CLIENTS} at a time, at a Stripe without limits`);
  report.note(
    `Medians of ${ROUNDS} rounds of ${EVENTS} events, minimum–maximum. Function is CPU milliseconds per event.`,
  );
  const row = (name: string, measured: readonly Round[]): string[] => [
    name,
    withSpread(
      measured.map(({ perSecond }) => perSecond),
      0,
    ),
    withSpread(
      measured.map(({ p50 }) => p50),
      1,
    ),
    name === "an empty function"
      ? "–"
      : withSpread(
          measured.map(({ cpu }) => cpu["function"] ?? NaN),
          2,
        ),
  ];
  report.table([
    ["", "per second", "p50 ms", "function"],
    ...[...rounds].map(([name, measured]) => row(name, measured)),
  ]);
  await Promise.all([webhook.stop(), empty.stop()]);
}

const BURST_ROWS: readonly string[] = [
  "",
  "the least that Stripe's limit allows, s",
  "all answered with 200, s",
  "responses: p50, p99, ms",
  "events queued",
  "tasks",
  "events done",
  "all done, s",
  "Stripe requests, of them rejected",
];

/** Returns a cell of each of BURST_ROWS. */
async function benchBurst(
  { payments, stripePerSecond }: (typeof BURSTS)[number],
  fake: FakeStripe,
  address: string,
  database: Firestore,
): Promise<string[]> {
  const tasks = await startFakeTasks(processEventsOptions);
  const env = { ...webhookSettings(fake), CLOUD_TASKS_EMULATOR_HOST: tasks.host };
  const [webhook, worker] = await Promise.all([
    serveFunction("stripeWebhook", address, { env }),
    serveFunction("processEvents", address, { env }),
  ]);
  tasks.send = (request) => request(worker.url);
  const events = newEvents(fake, payments);
  fake.rateLimit = stripePerSecond;
  fake.rejected = 0;
  fake.requests.clear();
  const latencies: number[] = [];
  let queued = 0;
  const from = performance.now();
  const seconds = (): string => ((performance.now() - from) / 1_000).toFixed(1);
  const left = events.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const event of left) {
        const sentAt = performance.now();
        if ((await deliver(webhook.url, event)).includes('"queued"')) queued += 1;
        latencies.push(performance.now() - sentAt);
      }
    }),
  );
  const answered = seconds();
  await tasks.settled();
  const done = seconds();
  fake.rateLimit = null;
  const requests = [...fake.requests.values()].reduce((sum, count) => sum + count, 0);
  const stored = await database.getAll(...events.map(({ id }) => database.doc(`stripeEvents/${id}`)));
  await Promise.all([webhook.stop(), worker.stop(), tasks.close()]);
  return [
    `${events.length} events, ${stripePerSecond} requests a second`,
    (payments / stripePerSecond).toFixed(0),
    answered,
    [0.5, 0.99].map((share) => quantile(latencies, share).toFixed(0)).join(", "),
    String(queued),
    String(tasks.counts.created),
    String(stored.filter((snapshot) => snapshot.get("status") === "done").length),
    done,
    `${requests}, ${fake.rejected}`,
  ];
}
