import functionsTest from "firebase-functions-test";
import { reportingTimeZone } from "../../src/config.ts";
import * as deployed from "../../src/index.ts";

const { cleanup } = functionsTest({ projectId: "demo-moon-portal" });
afterAll(cleanup);

const { syncStripe, syncAccount, stripeWebhook, closeDays, ...https } = deployed;

test("these functions are deployed over HTTPS, each with the runtime options of the service that it replaces", () => {
  expect(Object.keys(https).toSorted()).toEqual(["api", "health", "listTransactions", "recordTransaction"]);
  for (const { __endpoint } of Object.values(https)) {
    expect(__endpoint).toMatchObject({
      platform: "gcfv2",
      region: ["us-central1"],
      availableMemoryMb: 1024,
      cpu: 1,
      timeoutSeconds: 540,
      maxInstances: 20,
      concurrency: 80,
      httpsTrigger: { invoker: ["public"] },
    });
  }
});

test("the Stripe sync is deployed as a schedule and a queue, with the keys of both modes", () => {
  const both = {
    region: ["us-central1"],
    secretEnvironmentVariables: [{ key: "STRIPE_API_KEY" }, { key: "STRIPE_TEST_API_KEY" }],
  };
  const { __endpoint: schedule } = syncStripe;
  const { __endpoint: queue } = syncAccount;
  expect(schedule).toMatchObject({ ...both, scheduleTrigger: { schedule: "7 * * * *" } });
  expect(queue).toMatchObject({
    ...both,
    timeoutSeconds: 1800,
    taskQueueTrigger: { rateLimits: { maxConcurrentDispatches: 3 }, retryConfig: { maxAttempts: 5 } },
  });
});

test("Stripe's webhook is deployed over HTTPS, with the secrets that it is signed with and the keys of both modes", () => {
  const { __endpoint: webhook } = stripeWebhook;
  expect(webhook).toMatchObject({
    region: ["us-central1"],
    timeoutSeconds: 300,
    maxInstances: 3,
    httpsTrigger: { invoker: ["public"] },
    secretEnvironmentVariables: [
      { key: "STRIPE_WEBHOOK_SECRET" },
      { key: "STRIPE_CONNECT_WEBHOOK_SECRET" },
      { key: "STRIPE_API_KEY" },
      { key: "STRIPE_TEST_API_KEY" },
    ],
  });
});

test("the daily close is deployed as a schedule in the reporting time zone, without a secret", () => {
  const { __endpoint: schedule } = closeDays;
  expect(schedule).toMatchObject({
    region: ["us-central1"],
    timeoutSeconds: 1800,
    maxInstances: 1,
    scheduleTrigger: { schedule: "10 3 * * *", timeZone: reportingTimeZone, retryConfig: { retryCount: 3 } },
  });
  expect(schedule.secretEnvironmentVariables ?? []).toEqual([]);
});
