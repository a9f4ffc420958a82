import { randomInt } from "node:crypto";
import { untilAvailable } from "../../tools/local/until-available.ts";
import type { FirestoreProxy } from "../../testing/firestore-proxy.ts";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import { type Fault, type FaultPolicy, randomFaults } from "../../testing/firestore-faults.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, startDatabaseProxy } from "../support/database.ts";
import { codeOf } from "../../src/errors.ts";
import { log } from "../../src/log.ts";
import { countEvent, eventCounts } from "../../src/store/stripe-events.ts";
import { readSyncState, saveState, takeLease } from "../../src/store/sync-state.ts";
import {
  expectAcknowledged,
  expectStored,
  type SenderResponse,
  Sender,
  type SendTo,
  retryUntilOk,
} from "../support/retrying-clients.ts";
import { size } from "../support/size.ts";
import { connectTo, fakeStripes, runSync } from "../support/stripe.ts";
import { expectTotals } from "../support/totals.ts";
import { deliver, eventsIn, serveWebhook } from "../support/webhooks.ts";

isolateDatabase();
const startStripe = fakeStripes();

const PAYMENTS = size({ test: 16, soak: 4_000 });
const AT_ONCE = 8;
/** The share of calls with a fault. */
const RATE = 0.15;
/** FAULTS_SEED repeats the draws; which request each one hits depends on timing. */
const SEED = Number(process.env["FAULTS_SEED"] ?? randomInt(2 ** 31));
const LIMIT_MS = size({ test: 240_000, soak: 3_600_000 });

let api: string;
const toApi: SendTo = (request) => request(api);
let proxy: FirestoreProxy;
beforeAll(async () => {
  proxy = await startDatabaseProxy();
  const project = process.env["FIRESTORE_PROJECT_ID"];
  const env = project === undefined ? {} : { FIRESTORE_PROJECT_ID: project };
  api = (await serveFunction("api", proxy.address, { env })).url;
});
afterEach(() => proxy.fault(null));
afterAll(async () => {
  await stopServices();
  await proxy.close();
});

/** The responses to a sender, each in short. */
const summaries = (responses: SenderResponse[]): string[] =>
  responses.map((response) =>
    response ? `${response.status} ${response.body?.outcome ?? response.body?.error?.code}` : "nothing",
  );

const nth =
  (method: string, n: number, fault: Fault): FaultPolicy =>
  (called, index) =>
    called === method && index === n ? fault : undefined;

const OUTCOMES = ["ABORTED", "UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "INTERNAL", "cut"] as const;

/** The calls for a first record, or for an update, that get the fault. */
const CALLS = [
  { call: "a first record's commit", versions: 1, method: "Commit", n: 0, outcomes: OUTCOMES },
  // The first commit finds that the document exists.
  { call: "an update's commit", versions: 2, method: "Commit", n: 1, outcomes: OUTCOMES },
  // The client waits for seconds before it retries a read.
  { call: "an update's read", versions: 2, method: "BatchGetDocuments", n: 0, outcomes: ["ABORTED", "cut"] as const },
];

test.each(CALLS.flatMap(({ outcomes, ...call }) => outcomes.map((outcome) => ({ ...call, outcome }))))(
  "when $call meets with $outcome, before or after it is executed, the record is stored once",
  async ({ versions, method, n, outcome }) => {
    const franchiseeId = newFranchisee();
    for (const when of ["before", "after"] as const) {
      const sender = new Sender(franchiseeId);
      for (let version = 1; version < versions; version += 1) await sender.post(toApi);
      proxy.fault(nth(method, n, { when, outcome }));
      proxy.reset();
      const responses = await sender.post(toApi, versions > 1 ? "counted again" : null);
      expect(proxy.counts().faults).toBe(1);
      proxy.fault(null);
      // No commit waits for the locks of the failed one.
      expect(responses.length).toBeLessThanOrEqual(2);
      await expectStored(sender);
    }
    await expectTotals(franchiseeId);
  },
);

test("a lease whose response was lost is held, and refused to others", async () => {
  const scope = newFranchisee();
  proxy.reset();
  proxy.fault(nth("Commit", 0, { when: "after", outcome: "UNAVAILABLE" }));
  const lease = await takeLease(scope, "task", new Date());
  expect(proxy.counts().calls["Commit"]).toBe(2);
  expect(lease).toMatchObject({ owner: "task", scope });
  expect(await takeLease(scope, "another task", new Date())).toBeNull();
  if (lease) await saveState(lease, { ...lease.state, watermark: new Date(0) }, new Date());
  expect(await readSyncState(scope)).toMatchObject({ watermark: new Date(0) });
});

test.each(["UNAUTHENTICATED", "INTERNAL"] as const)("a commit that fails with %s is retried", async (outcome) => {
  const type = `${newFranchisee()}.${outcome.toLowerCase()}`;
  proxy.reset();
  proxy.fault(nth("Commit", 0, { when: "before", outcome }));
  await countEvent(type);
  expect(proxy.counts().calls["Commit"]).toBe(2);
  expect(await eventCounts()).toMatchObject({ [type]: 1 });
});

test(
  `of ${PAYMENTS} payments whose records, events and syncs meet with faults, nothing is lost or counted twice (seed ${SEED})`,
  async () => {
    jest.spyOn(log, "error").mockReturnValue();
    const fake = await startStripe();
    const webhook = await serveWebhook(fake, proxy.address);
    const franchisees = [newFranchisee(), newFranchisee(), newFranchisee()];
    for (const id of franchisees) fake.books.connect(id);
    const batch = database().batch();
    for (const id of franchisees) batch.set(database().doc(`franchisees/${id}`), {});
    await batch.commit();

    proxy.fault(randomFaults(SEED, RATE));
    const responses: SenderResponse[] = [];
    const senders: Sender[] = [];
    const events = new Set<string>();
    const take = async (event: StoredEvent): Promise<void> => {
      events.add(event.id);
      responses.push(...(await retryUntilOk(() => deliver(webhook, event))));
    };
    /** A payment's history: by the orchestrator alone, by Stripe alone, or by both. */
    const play = async (index: number): Promise<void> => {
      const account = franchisees[index % franchisees.length] ?? "";
      if (index % 2 === 0) {
        const sender = new Sender(account);
        senders.push(sender);
        responses.push(...(await sender.post(toApi)));
        responses.push(...(await sender.post(toApi)));
        responses.push(...(await sender.post(toApi, "counted again")));
        return;
      }
      const intent = fake.books.pay({ account, mode: "direct", amount: 1_000, stripeFee: 59 });
      const paymentEvents = () =>
        eventsIn(fake.books.connect(account)).filter((one) => JSON.stringify(one).includes(intent.id));
      // Stripe sometimes delivers an event twice at the same time.
      await Promise.all(paymentEvents().flatMap((event) => [take(event), take(event)]));
      refund(fake.books, intent, { amount: 100 });
      if (index % 4 === 1) await Promise.all(paymentEvents().map(take));
    };
    let begun = 0;
    const work = async (): Promise<void> => {
      while (begun < PAYMENTS) await play((begun += 1));
    };
    const sync = async (): Promise<void> => {
      for (const scope of ["platform", ...franchisees]) {
        await retryUntilDone(() => runSync(scope, connectTo(fake), { now: () => new Date(Date.now() + 120_000) }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await sync();
    const { faults } = proxy.counts();
    proxy.fault(null);

    // Faults did happen, and each failed request got a 503 with Retry-After.
    expect(faults).toBeGreaterThan(PAYMENTS / 4);
    const failed = responses.filter((response) => response?.status !== 200);
    for (const response of failed) {
      expect([...summaries([response]), response?.headers.get("retry-after")]).toEqual(
        response?.status === 500 ? ["500 internal", null] : ["503 unavailable", "5"],
      );
    }
    await expectAcknowledged(fake, franchisees, senders, events);
  },
  LIMIT_MS,
);

/** A failed task is retried, as is one that finds the lease held. */
async function retryUntilDone(run: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await untilAvailable(run);
      return;
    } catch (error) {
      if (typeof codeOf(error) !== "number" && !(error instanceof Error && error.name === "LeaseLostError"))
        throw error;
    }
  }
}
