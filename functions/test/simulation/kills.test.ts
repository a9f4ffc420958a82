import { randomInt } from "node:crypto";
import { startFakeTasks } from "../../testing/cloud-tasks.ts";
import { stopServices, stopServicesOnSignals } from "../../tools/local/processes.ts";
import { processEventsOptions } from "../../src/config.ts";
import { newFranchisee } from "../support/api.ts";
import { Instances } from "../support/instances.ts";
import { expectAcknowledged, Sender, retryUntilOk } from "../support/retrying-clients.ts";
import { size } from "../support/size.ts";
import { fakeStripes } from "../support/stripe.ts";
import { deliver, eventsIn, webhookEnvironment } from "../support/webhooks.ts";
import { database, isolateDatabase } from "../support/database.ts";

isolateDatabase();
const startStripe = fakeStripes();

const KILLS = Number(process.env["KILLS"] ?? size({ test: 5, soak: 1_000 }));
/** The number of instances of each function. */
const INSTANCES = size({ test: 1, soak: 2 });
const SENDERS = 12;
const LIMIT_MS = size({ test: 240_000, soak: 4 * 3_600_000 });

// Stopping the soak stops the instances.
stopServicesOnSignals();
afterAll(stopServices);

test(
  `when instances are killed ${KILLS} times mid-request, no acknowledged record or event is lost or counted twice`,
  async () => {
    const fake = await startStripe();
    const franchisees = Array.from({ length: 6 }, newFranchisee);
    const batch = database().batch();
    for (const id of franchisees) {
      fake.books.connect(id);
      batch.set(database().doc(`franchisees/${id}`), {});
    }
    await batch.commit();

    let left = KILLS;
    const mayKill = (): boolean => (left -= 1) >= 0;
    const firestore = process.env["FIRESTORE_EMULATOR_HOST"] ?? "";
    const tasks = await startFakeTasks(processEventsOptions);
    const env = { ...webhookEnvironment(fake), CLOUD_TASKS_EMULATOR_HOST: tasks.host };
    const api = new Instances("api", firestore, env, mayKill);
    const webhook = new Instances("stripeWebhook", firestore, env, mayKill);
    const worker = new Instances("processEvents", firestore, env, mayKill);
    tasks.send = (request) => worker.send(request);
    const functions = [api, webhook, worker];
    const end = new AbortController();
    const runs = Promise.all(functions.map((one) => one.run(INSTANCES))).finally(() => end.abort());
    // At times Stripe has no room, and events are queued.
    const limits = setInterval(() => {
      fake.rateLimit = fake.rateLimit === null ? 0 : null;
    }, 1_000);

    const senders: Sender[] = [];
    const events = new Set<string>();
    /**
     * A payment that is made in Stripe, or by the orchestrator alone, with all its records or events, until they are
     * acknowledged.
     */
    const pay = async (): Promise<void> => {
      const account = franchisees[randomInt(franchisees.length)] ?? "";
      if (randomInt(2) === 0) {
        const sender = new Sender(account);
        senders.push(sender);
        for (const correction of [null, null, "counted again"]) {
          await sender.post((request) => api.send(request), correction);
        }
        return;
      }
      const intent = fake.books.pay({ account, mode: "direct", amount: 1_000, stripeFee: 59 });
      const paymentEvents = eventsIn(fake.books.connect(account)).filter((one) =>
        JSON.stringify(one).includes(intent.id),
      );
      await Promise.all(
        paymentEvents.map(async (event) => {
          events.add(event.id);
          await retryUntilOk(() => webhook.send((url) => deliver(url, event)));
        }),
      );
    };
    const work = async (): Promise<void> => {
      while (!end.signal.aborted) await pay();
    };
    await Promise.all(Array.from({ length: SENDERS }, work));
    await runs;
    clearInterval(limits);
    fake.rateLimit = null;
    await tasks.settled();
    await tasks.close();

    // The test is meaningful only if each kill interrupted a request, and events were queued.
    const sum = (of: (one: Instances) => number): number => functions.reduce((total, one) => total + of(one), 0);
    expect(sum(({ kills }) => kills)).toBe(KILLS);
    expect(sum(({ interrupted }) => interrupted)).toBeGreaterThanOrEqual(KILLS);
    expect(tasks.counts.created).toBeGreaterThan(0);
    expect(tasks.counts.failed).toBe(0);
    await expectAcknowledged(fake, franchisees, senders, events);
  },
  LIMIT_MS,
);
