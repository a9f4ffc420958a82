import { takeEntries, serve } from "../support/cloud-run.ts";
import type { Server } from "node:http";
import { z } from "zod";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { newKey, signedHeaders, type Signing } from "../../tools/cli/signing.ts";
import { metrics } from "../../ops/monitoring/files.ts";
import { processEventsOptions } from "../../src/config.ts";
import { subjectKeyOf } from "../../src/domain/stripe-event.ts";
import { api, closeDays, processEvents, stripeWebhook, syncAccount } from "../../src/index.ts";
import { claimEvent } from "../../src/store/stripe-events.ts";
import { apply } from "../../src/store/apply.ts";
import { newFranchisee, newPayment, send } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { matches, valueOf } from "../support/logging-query.ts";
import { DEFAULTS, snapshotSeen, goldenRecord, observation } from "../support/records.ts";
import { fakeStripes } from "../support/stripe.ts";
import { deliver, eventOf, readStored, SECRETS } from "../support/webhooks.ts";

isolateDatabase();
const startStripe = fakeStripes();

// Whether the metrics match their log lines: the functions write the same lines here as in Cloud Run.

const KEY = newKey();
let fake: FakeStripe;

let url: { api: string; webhook: string };
let servers: Server[];
beforeAll(async () => {
  fake = await startStripe();
  Object.assign(process.env, {
    LOG_LEVEL: "INFO",
    STRIPE_MODE: "test",
    STRIPE_TEST_API_KEY: "sk_test_local",
    STRIPE_API_BASE: fake.url.href,
    STRIPE_WEBHOOK_SECRET: SECRETS.account,
    STRIPE_CONNECT_WEBHOOK_SECRET: SECRETS.connect,
    ORCHESTRATOR_SIGNING_SECRET: KEY,
  });
  const served = await Promise.all([serve("api", api), serve("stripeWebhook", stripeWebhook)]);
  url = { api: served[0].url, webhook: served[1].url };
  servers = served.map(({ server }) => server);
});
afterAll(() => servers.forEach((server) => server.close()));

const task = { queueName: "syncAccount", id: "task-1", retryCount: 0, executionCount: 0, headers: {} };
const sync = (scope: string): Promise<unknown> =>
  Promise.resolve(syncAccount.run({ ...task, scheduledTime: "2026-11-23T07:07:00Z", data: { scope } }));
const failToSync = async (): Promise<void> => {
  fake.inject({ path: "/v1/charges", kind: { status: 400 } });
  await expect(sync("platform")).rejects.toThrow("Stripe rejects the request");
};
const close = (): Promise<unknown> => Promise.resolve(closeDays.run({ scheduleTime: "2026-11-23T11:10:00Z" }));

const post = (body: object, signing: Signing | null = { key: KEY }): Promise<unknown> => {
  const target = `/franchisees/${newFranchisee()}/transactions`;
  const text = JSON.stringify(body);
  const signature = signing ? signedHeaders("POST", { target }, text, signing) : {};
  const headers = { "Content-Type": "application/json", ...signature };
  return send(`${url.api}${target}`, { method: "POST", headers, body: text });
};

const applyObservation = (
  seen: ReturnType<typeof observation> | ReturnType<typeof snapshotSeen>,
  franchiseeId: string,
) => apply(franchiseeId, seen, { now: new Date(), defaults: DEFAULTS });

/** Delivers an event about a charge of an unknown payment on the platform. */
function emitUnrouted(fields: object): object {
  fake.books.emitOn(null, "charge.succeeded", { id: "ch_1", object: "charge", ...fields }, true);
  return eventOf(fake, null, "charge.succeeded");
}

/** Runs the task of a queued event about a payment that Stripe does not know. */
async function runEventsTask(retryCount = 0): Promise<unknown> {
  const event = readStored(emitUnrouted({ payment_intent: "pi_nobody" }));
  await claimEvent(event, new Date());
  const data = { subjectKey: subjectKeyOf(event), notBefore: 0 };
  return processEvents.run({ ...task, retryCount, scheduledTime: "2026-11-23T07:07:00Z", data });
}

const failRunningTask = async (retryCount: number): Promise<void> => {
  fake.inject({ path: "/v1/payment_intents", times: 3, kind: { status: 500 } });
  await expect(runEventsTask(retryCount)).rejects.toThrow("server error");
  fake.recover();
};

interface Case {
  what: string;
  /** The function's name in Cloud Run. */
  service: string;
  act: () => Promise<unknown>;
  /** The metrics that count it, and no others. */
  counted: string[];
}

const CASES: Case[] = [
  {
    what: "a sync of the platform",
    service: "syncaccount",
    act: () => sync("platform"),
    counted: ["portal_sync_lag", "portal_syncs"],
  },
  {
    what: "a sync of a franchisee",
    service: "syncaccount",
    act: async () => {
      fake.books.connect("acct_1");
      await sync("acct_1");
    },
    counted: ["portal_sync_lag"],
  },
  {
    what: "a sync whose lease another run holds",
    service: "syncaccount",
    act: async () => {
      const until = new Date(Date.now() + 60_000);
      await database()
        .doc("syncState/acct_1")
        .update({ lease: { owner: "another", until } });
      await sync("acct_1");
    },
    counted: [],
  },
  {
    what: "a sync that fails",
    service: "syncaccount",
    act: failToSync,
    counted: ["portal_sync_failures", "portal_sync_lag"],
  },
  {
    what: "a sync that fails, and is ten hours behind",
    service: "syncaccount",
    act: async () => {
      await database()
        .doc("syncState/platform")
        .update({ watermark: new Date(Date.now() - 10 * 3_600_000) });
      await failToSync();
    },
    counted: ["portal_sync_failures", "portal_sync_lag", "portal_syncs_behind"],
  },
  {
    what: "an event that a sync quarantines",
    service: "syncaccount",
    act: () => {
      emitUnrouted({ payment_intent: "pi_nobody" });
      return sync("platform");
    },
    counted: ["portal_events_quarantined", "portal_sync_lag", "portal_syncs"],
  },
  {
    what: "a quarantined event",
    service: "stripewebhook",
    act: () => deliver(url.webhook, emitUnrouted({ payment_intent: "pi_nobody" }), { secret: SECRETS.account }),
    counted: ["portal_events_quarantined"],
  },
  {
    what: "a processed event",
    service: "stripewebhook",
    act: () => deliver(url.webhook, emitUnrouted({ payment_intent: null }), { secret: SECRETS.account }),
    counted: [],
  },
  {
    what: "an event that its task quarantines",
    service: "processevents",
    act: () => runEventsTask(),
    counted: ["portal_events_quarantined"],
  },
  { what: "a task that will be retried", service: "processevents", act: () => failRunningTask(0), counted: [] },
  {
    what: "a task that was given up",
    service: "processevents",
    act: () => failRunningTask(processEventsOptions.retryConfig.maxAttempts - 1),
    counted: ["portal_event_tasks_failed"],
  },
  {
    what: "a wrongly signed event",
    service: "stripewebhook",
    act: () => deliver(url.webhook, emitUnrouted({ payment_intent: null }), { secret: SECRETS.old }),
    counted: ["portal_not_let_in"],
  },
  { what: "a golden record", service: "api", act: () => post(goldenRecord()), counted: [] },
  {
    what: "an invalid golden record",
    service: "api",
    act: () => post({ amount_total: -1 }),
    counted: [],
  },
  {
    what: "a wrongly signed golden record",
    service: "api",
    act: () => post(goldenRecord(), { key: newKey() }),
    counted: ["portal_not_let_in"],
  },
  {
    what: "an unsigned golden record",
    service: "api",
    act: () => post(goldenRecord(), null),
    counted: ["portal_not_let_in"],
  },
  {
    what: "an unsigned golden record that is accepted",
    service: "api",
    act: async () => {
      process.env["ALLOW_UNSIGNED_WRITES"] = "true";
      await post(goldenRecord(), null);
      process.env["ALLOW_UNSIGNED_WRITES"] = "false";
    },
    counted: ["portal_unsigned_writes"],
  },
  {
    what: "an internal error",
    service: "api",
    act: async () => {
      process.env["ORCHESTRATOR_SIGNING_SECRET"] = "none";
      await post(goldenRecord());
      process.env["ORCHESTRATOR_SIGNING_SECRET"] = KEY;
    },
    counted: [],
  },
  {
    what: "a mismatched payment",
    service: "stripewebhook",
    act: async () => {
      const franchiseeId = newFranchisee();
      await applyObservation(observation({ amount_total: 1001, amount_franchisee_net: 901 }), franchiseeId);
      await applyObservation(snapshotSeen(), franchiseeId);
      // A repeated event is a duplicate.
      await applyObservation(snapshotSeen({ amountRefunded: 5 }, 300), franchiseeId);
    },
    counted: ["portal_exceptions_opened"],
  },
  {
    what: "a payment with a negative platform fee",
    service: "syncaccount",
    act: () => {
      const settled = { currency: "cad", amount: 1000, net: 950, fees: [{ type: "stripe_fee", amount: 59 }] };
      return applyObservation(snapshotSeen({ settled }), newFranchisee());
    },
    counted: ["portal_exceptions_opened", "portal_losses"],
  },
  {
    what: "a balance that the movements do not explain",
    service: "syncaccount",
    act: async () => {
      const account = newFranchisee();
      const spec = { account, mode: "direct", amount: 1_000, applicationFee: 41, stripeFee: 59 } as const;
      fake.books.pay(spec);
      for (const { id } of fake.books.connect(account).balance_transaction.newestFirst()) fake.books.unlisted.add(id);
      await sync(account);
    },
    counted: ["portal_sync_lag", "portal_unexplained_balances"],
  },
  { what: "the daily close", service: "closedays", act: close, counted: ["portal_closes"] },
  {
    what: "a daily close that fails",
    service: "closedays",
    act: async () => {
      const franchiseeId = newFranchisee();
      const synced = { lastRunAt: new Date(), error: null };
      await database()
        .doc(`franchisees/${franchiseeId}`)
        .set({ sync: { platform: synced, account: synced } });
      await transactionsOf(franchiseeId).doc(newPayment()).set({ amount_total: 1, createdAt: new Date() });
      await expect(close()).rejects.toThrow("booked on no day");
    },
    counted: ["portal_close_failures", "portal_closes"],
  },
];

const extractorsSchema = z.object({
  labelExtractors: z.record(z.string(), z.string()).default({}),
  valueExtractor: z.string().optional(),
});

test.each(CASES)("$what is counted by $counted", async ({ service, act, counted }) => {
  takeEntries(service);
  await act();
  const entries = takeEntries(service);
  expect(entries).not.toEqual([]);
  const matched = metrics().flatMap((metric) => {
    const found = entries.filter((entry) => matches(metric.filter, entry));
    const { labelExtractors, valueExtractor } = extractorsSchema.parse(metric);
    for (const extractor of [
      ...Object.values(labelExtractors),
      ...(valueExtractor === undefined ? [] : [valueExtractor]),
    ]) {
      const path = /^EXTRACT\((.*)\)$/.exec(extractor)?.[1] ?? "";
      for (const entry of found)
        expect(valueOf(path, entry)).toEqual(valueExtractor === undefined ? expect.any(String) : expect.any(Number));
    }
    return found.length > 0 ? [metric.name] : [];
  });
  expect(matched).toEqual(counted);
});

test("a mismatched payment is counted once, under the status that triggers the alert", async () => {
  await CASES.find(({ what }) => what === "a mismatched payment")?.act();
  const statuses = takeEntries("api").map((entry) => valueOf("jsonPayload.status", entry));
  expect(statuses.filter((status) => status !== undefined)).toEqual(["mismatched"]);
});

test("every metric counts something", () => {
  const counted = new Set(CASES.flatMap((one) => one.counted));
  expect([...counted].toSorted()).toEqual(metrics().map(({ name }) => name));
});
