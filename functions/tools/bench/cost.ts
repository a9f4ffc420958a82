import { Firestore } from "firebase-admin/firestore";
import { z } from "zod";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import { paid, WEBHOOKS_PER_PAYMENT } from "../../testing/fake-stripe/payment-lifecycle.ts";
import { payOut, settlePayout, submitPayout } from "../../testing/fake-stripe/payouts.ts";
import { referenceRefund, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { type FakeStripe, startFakeStripe } from "../../testing/fake-stripe/server.ts";
import { dayAfter, dayOf, monthAfter, monthOf } from "../../src/domain/calendar.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { type FirestoreProxy, startFirestoreProxy } from "../../testing/firestore-proxy.ts";
import { PLATFORM } from "../../src/store/sync-state.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import { type ServedFunction, serveFunction } from "../local/served-function.ts";
import { deliver, load, newRecord, send, webhookSettings } from "./measure.ts";
import type { Report } from "./report.ts";
import { seedBalance, seedFranchisee } from "./seed.ts";
import { collectionBytes, storedBytes } from "./storage.ts";
import { runClose, runSync } from "./sync-process.ts";
import { type Cost, OPERATIONS, PER_PAYOUT, writeCounts } from "../cost/counts.ts";

const TIMES = 400;
const FRANCHISEE = "acct_cost";
const MONTH = "acct_month";
const DAYS = 29;
const DAY = 86_400;
/** Payments of a franchisee with a long history. */
const LONG = 10_000;
const MILLION = 1_000_000;

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
  const postTo = (account: string, record: object) =>
    send("POST", `${api.url}/api/franchisees/${account}/transactions`, { body: JSON.stringify(record) });
  const post = (record: object) => postTo(FRANCHISEE, record);

  const sent: StoredEvent[] = [];
  fake.books.onEvent = (event) => void sent.push(event);
  const deliverSent = async (): Promise<void> => {
    for (const event of sent.splice(0)) await deliver(webhook.url, event);
  };

  // Only the last pass counts, when all code is compiled.
  for (let pass = 0; pass < 3; pass += 1) {
    const records = Array.from({ length: TIMES }, newRecord);
    await meter.measure(OPERATIONS.record, api, records, post);
    await meter.measure("the same record again", api, records, post);
    const newer = Array.from(records, (record) => ({ ...record, workshopName: "Another one" }));
    await meter.measure("an update with the same amounts", api, newer, post);

    const accounts = Array.from({ length: TIMES / PER_PAYOUT }, (_none, index) => `acct_paid${index}`);
    const spec = { mode: "direct", amount: 10_000, applicationFee: 1_000, settles: "late" } as const;
    const payments = accounts.flatMap((account) =>
      Array.from({ length: PER_PAYOUT }, () => ({ account, intent: fake.books.pay({ account, ...spec }) })),
    );
    const events = Map.groupBy(sent.splice(0), (event) => event.account ?? "");
    for (const { account, intent } of payments) {
      await postTo(account, { ...newRecord(), stripePaymentId: intent.id });
    }
    let delivered = 0;
    await meter.measure(OPERATIONS.webhooks, webhook, payments, async ({ account, intent }) => {
      // charge.succeeded and payment_intent.succeeded; what follows when Stripe has settled the payment.
      const first = events.get(account)?.splice(0, 2) ?? [];
      for (const event of first) await deliver(webhook.url, event);
      fake.books.settle(intent);
      delivered += first.length + sent.length;
      await deliverSent();
    });
    if (delivered !== TIMES * WEBHOOKS_PER_PAYMENT) throw new Error(`There were ${delivered} webhooks.`);
    const again = fake.books.connect("acct_paid0").event.newestFirst().slice(0, PER_PAYOUT);
    await meter.measure("the same event again", webhook, again, (event) => deliver(webhook.url, event));
    await meter.measure(OPERATIONS.payout, webhook, accounts, async (account) => {
      const payout = payOut(fake.books, account, { settles: "by steps" });
      await deliverSent();
      submitPayout(fake.books, account, payout);
      await deliverSent();
      settlePayout(fake.books, account, payout);
      await deliverSent();
    });
    await meter.measure(OPERATIONS.refund, webhook, payments.slice(0, 40), async ({ intent }) => {
      const made = refund(fake.books, intent, { refundFee: true });
      await deliverSent();
      referenceRefund(fake.books, intent, made);
      await deliverSent();
    });
  }
  const database = new Firestore({ projectId: PROJECT_ID, host: address, ssl: false });
  const events = await collectionBytes(database, "stripeEvents");
  const franchisees = (await database.collection("franchisees").listDocuments()).length + 1;
  await measureMonth(meter, { address, fake, proxy, post: postTo, webhook });

  const stored = await storedBytes(database.collection("franchisees").doc(MONTH));
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

  const record = meter.of(OPERATIONS.record);
  const webhooks = meter.of(OPERATIONS.webhooks);
  const sum = (of: (cost: Cost) => number): number => MILLION * (of(record) + of(webhooks));
  const all: Cost = {
    reads: sum(({ reads }) => reads),
    writes: sum(({ writes }) => writes),
    stripeCalls: sum(({ stripeCalls }) => stripeCalls),
    cpu: sum(({ cpu }) => cpu),
  };
  report.note(
    `A million payments, each with a golden record and ${WEBHOOKS_PER_PAYMENT} webhooks, cost ${millions(all.reads)} reads, ` +
      `${millions(all.writes)} writes, ${millions(all.stripeCalls)} Stripe calls and ${(all.cpu / 3_600_000).toFixed(1)} CPU hours ` +
      "on this machine. The cost of a sync without changes does not depend on their number.",
  );
  const storage = Object.fromEntries([...stored, ["stripeEvents", events] as const]);
  const payments = (DAYS + 1) * PER_PAYOUT;
  report.note(
    `Stored for ${payments} payments of one franchisee, with index entries: ` +
      [...stored]
        .map(([name, { count, bytes }]) => `${name} ${count} × ${Math.round(bytes / count)} bytes`)
        .join(", ") +
      `; stripeEvents ${Math.round(events.bytes / events.count)} bytes each.`,
  );
  writeCounts({ operations: Object.fromEntries(meter.costs), franchisees, storage });
  await fake.close();
  await proxy.close();
}

/**
 * A franchisee's month of ten payments a day: the syncs of its account and of the platform, and the closes of its days.
 */
async function measureMonth(
  meter: CostMeter,
  {
    address,
    fake,
    proxy,
    post,
    webhook,
  }: {
    address: string;
    fake: FakeStripe;
    proxy: FirestoreProxy;
    post: (account: string, record: object) => Promise<unknown>;
    webhook: ServedFunction;
  },
): Promise<void> {
  const { books } = fake;
  const now = Math.floor(Date.now() / 1000);
  const intents: { id: string }[] = [];
  for (let day = DAYS; day >= 1; day -= 1) {
    const at = now - day * DAY;
    books.clock = () => at;
    for (let count = 0; count < PER_PAYOUT; count += 1) {
      const fields = { amount: 10_000, applicationFee: 1_000, createdAt: at, chargedAt: at, silent: true };
      intents.push(books.pay({ account: MONTH, mode: "direct", ...fields }));
    }
    payOut(books, MONTH, { silent: true });
  }
  books.clock = () => Math.floor(Date.now() / 1000);
  const sync = async (name: string | null, scope: string, hours: number): Promise<void> => {
    const database = { address, stripe: fake.url, projectId: PROJECT_ID };
    const { stripeCalls, firestoreReads, firestoreWrites, cpu } = await runSync(database, { scope, hours });
    if (name !== null) meter.costs.set(name, { reads: firestoreReads, writes: firestoreWrites, stripeCalls, cpu });
  };
  await sync(null, MONTH, -4);
  await sync(null, PLATFORM, -4);
  // After the first sync, which books them when they were made in Stripe.
  for (const { id } of intents) await post(MONTH, { ...newRecord(), stripePaymentId: id });
  // Compares what was stored.
  await sync(null, MONTH, 0.1);
  const sent: StoredEvent[] = [];
  books.onEvent = (event) => void sent.push(event);
  for (let count = 0; count < PER_PAYOUT; count += 1) {
    const intent = paid(books, "direct", MONTH);
    await post(MONTH, { ...newRecord(), stripePaymentId: intent.id });
  }
  payOut(books, MONTH);
  for (const event of sent) await deliver(webhook.url, event);
  await sync(OPERATIONS.syncNew, MONTH, 0.2);
  await sync(OPERATIONS.syncAfter, MONTH, 4.2);
  await sync(OPERATIONS.sync, MONTH, 8.2);
  await sync(OPERATIONS.rescan, MONTH, 24.3);
  await sync(null, PLATFORM, 4.1);
  await sync(OPERATIONS.syncPlatform, PLATFORM, 8.1);
  const yesterday = dayAfter(dayOf(new Date(), "America/Vancouver"), -1);
  const database = { address: proxy.address, projectId: PROJECT_ID };
  await runClose(MONTH, dayAfter(yesterday, -1), database);
  proxy.reset();
  if ((await runClose(MONTH, yesterday, database)) !== 1) throw new Error("A day was not closed.");
  const { reads, writes } = proxy.counts();
  meter.costs.set(OPERATIONS.close, { reads, writes, stripeCalls: 0, cpu: NaN });
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
