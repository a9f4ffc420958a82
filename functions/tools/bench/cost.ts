import { Firestore } from "firebase-admin/firestore";
import { z } from "zod";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import { type FakeStripe, startFakeStripe } from "../../testing/fake-stripe/server.ts";
import { dayOf, monthAfter, monthOf } from "../../src/domain/calendar.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { type FirestoreProxy, startFirestoreProxy } from "../../testing/firestore-proxy.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import { type ServedFunction, serveFunction } from "../local/served-function.ts";
import { deliver, load, newRecord, send, webhookSettings } from "./measure.ts";
import type { Report } from "./report.ts";
import { seedBalance, seedFranchisee } from "./seed.ts";

const TIMES = 400;
const FRANCHISEE = "acct_cost";
const PATH = `/api/franchisees/${FRANCHISEE}/transactions`;
/** Payments of a franchisee with a long history. */
const LONG = 10_000;
const MILLION = 1_000_000;

interface Cost {
  reads: number;
  writes: number;
  stripeCalls: number;
  /** CPU milliseconds of the function. */
  cpu: number;
}

/** The cost per request, counted on the wire, and of a million payments with their webhooks. */
export async function benchCost(report: Report): Promise<void> {
  const { address } = await startFirestoreAlone();
  const proxy = await startFirestoreProxy(address);
  const fake = await startFakeStripe();
  const [api, webhook] = await Promise.all([
    serveFunction("api", proxy.address),
    serveFunction("stripeWebhook", proxy.address, { env: webhookSettings(fake) }),
  ]);
  const meter = new CostMeter(proxy, fake);
  const post = (record: object) => send("POST", `${api.url}${PATH}`, { body: JSON.stringify(record) });

  const sent: StoredEvent[] = [];
  fake.books.onEvent = (event) => void sent.push(event);
  // Loads everything that loads lazily.
  for (let turn = 0; turn < 2; turn += 1) {
    const intent = fake.books.pay({ account: FRANCHISEE, mode: "direct", amount: 10_000 });
    await post({ ...newRecord(), stripePaymentId: intent.id });
    for (const event of sent.splice(0)) await deliver(webhook.url, event);
  }

  // Only the second pass counts, when all code is compiled.
  let perPayment = 0;
  for (let pass = 0; pass < 2; pass += 1) {
    const records = Array.from({ length: TIMES }, newRecord);
    await meter.measure("a first golden record", api, records, post);
    await meter.measure("the same record again", api, records, post);
    const newer = records.map((record) => ({ ...record, workshopName: "Another one" }));
    await meter.measure("an update with the same amounts", api, newer, post);
    const payments = records.map(() => fake.books.pay({ account: FRANCHISEE, mode: "direct", amount: 10_000 }));
    const events = sent.splice(0);
    perPayment = events.length / TIMES;
    for (const { id } of payments) await post({ ...newRecord(), stripePaymentId: id });
    await meter.measure("a Stripe webhook", webhook, events, (event) => deliver(webhook.url, event));
    await meter.measure("the same event again", webhook, events, (event) => deliver(webhook.url, event));
  }

  const database = new Firestore({ projectId: PROJECT_ID, host: address, ssl: false });
  await seedFranchisee(database, "acct_long", LONG);
  await seedBalance(database, "acct_long", { payments: LONG, paidOut: 50 });
  const pages = `${api.url}/api/franchisees/acct_long/transactions?limit=50`;
  let cursor = "";
  for (let page = 1; page < 200; page += 1) cursor = cursorOf(await send("GET", `${pages}${cursor}`));
  const some = Array.from({ length: 50 }, (_none, index) => index);
  await meter.measure("page 1 of 200 of the list", api, some, () => send("GET", pages));
  await meter.measure("page 200 of 200", api, some, () => send("GET", `${pages}${cursor}`));
  await meter.measure("revenue of a year", api, some, () =>
    send("GET", `${api.url}/api/franchisees/acct_long/revenue`),
  );

  const long = `${api.url}/api/franchisees/acct_long`;
  const lastMonth = monthAfter(monthOf(dayOf(new Date(), "America/Vancouver")), -1);
  await meter.measure("50 payouts of 201", api, some, () => send("GET", `${long}/payouts`));
  await meter.measure("a payout of 50 payments", api, some, () => send("GET", `${long}/payouts/po_100`));
  await meter.measure("a manual payout", api, some, () => send("GET", `${long}/payouts/po_manual`));
  const statement = `${long}/balance?month=${lastMonth}`;
  await meter.measure("balance statement of a month", api, some, () => send("GET", statement));
  await meter.measure("the same as CSV", api, some, () => send("GET", `${statement}&format=csv`));

  report.section("Cost per request, counted on the wire");
  report.note(
    `Means of ${TIMES} requests (50 for lists and reports, of ${LONG} payments in a year). CPU is that of the function. ` +
      "A sum of earlier movements counts as one read here; Firestore bills one per 1,000 of them.",
  );
  const head = ["", "reads", "writes", "Stripe calls", "CPU ms"];
  report.table([head, ...[...meter.costs].map(([name, cost]) => rowOf(name, cost))]);

  const record = meter.of("a first golden record");
  const event = meter.of("a Stripe webhook");
  const sum = (of: (cost: Cost) => number): number => MILLION * (of(record) + perPayment * of(event));
  const all: Cost = {
    reads: sum(({ reads }) => reads),
    writes: sum(({ writes }) => writes),
    stripeCalls: sum(({ stripeCalls }) => stripeCalls),
    cpu: sum(({ cpu }) => cpu),
  };
  report.note(
    `A million payments, each with a golden record and ${perPayment} webhooks, cost ${millions(all.reads)} reads, ` +
      `${millions(all.writes)} writes, ${millions(all.stripeCalls)} Stripe calls and ${(all.cpu / 3_600_000).toFixed(1)} CPU hours ` +
      "on this machine. The cost of a sync without changes does not depend on their number.",
  );
  await fake.close();
  await proxy.close();
}

class CostMeter {
  readonly costs = new Map<string, Cost>();
  readonly #proxy: FirestoreProxy;
  readonly #fake: FakeStripe;

  constructor(proxy: FirestoreProxy, fake: FakeStripe) {
    this.#proxy = proxy;
    this.#fake = fake;
  }

  async measure<T>(
    name: string,
    { pid }: ServedFunction,
    items: readonly T[],
    request: (item: T) => Promise<unknown>,
  ): Promise<void> {
    const rest = [...items];
    const callsBefore = this.#stripeCalls();
    this.#proxy.reset();
    const take = async (): Promise<void> => {
      const item = rest.shift();
      if (item !== undefined) await request(item);
    };
    const { cpu } = await load(take, 1, items.length, { function: pid });
    const { reads, writes, deletes } = this.#proxy.counts();
    this.costs.set(name, {
      reads: reads / items.length,
      writes: (writes + deletes) / items.length,
      stripeCalls: (this.#stripeCalls() - callsBefore) / items.length,
      cpu: cpu["function"] ?? NaN,
    });
  }

  of(name: string): Cost {
    const cost = this.costs.get(name);
    if (!cost) throw new Error(`${name} was not measured.`);
    return cost;
  }

  #stripeCalls(): number {
    return [...this.#fake.requests.values()].reduce((sum, times) => sum + times, 0);
  }
}

const cursorSchema = z.object({ nextCursor: z.string() });

function cursorOf(page: string): string {
  const { nextCursor } = cursorSchema.parse(JSON.parse(page));
  return `&cursor=${encodeURIComponent(nextCursor)}`;
}

function rowOf(name: string, { reads, writes, stripeCalls, cpu }: Cost): string[] {
  return [name, ...[reads, writes, stripeCalls, cpu].map((number) => number.toFixed(2))];
}

function millions(number: number): string {
  return `${(number / MILLION).toFixed(1)} million`;
}
