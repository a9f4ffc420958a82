import { hasSubscribers } from "node:diagnostics_channel";
import functionsTest from "firebase-functions-test";
import { api, health, listTransactions, recordTransaction, syncAccount, syncStripe } from "../../src/index.ts";

const { cleanup } = functionsTest({ projectId: "demo-moon-portal" });
afterAll(cleanup);

test("importing the functions without serving one creates no guarded servers", () => {
  expect(hasSubscribers("http.server.request.start")).toBe(false);
});

test("these functions are deployed over HTTPS, each with the runtime options of the service that it replaces", () => {
  for (const { __endpoint } of [recordTransaction, listTransactions, api]) {
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

test.each([
  [health, 256],
  [syncStripe, 512],
  [syncAccount, 512],
])("a function that mostly waits has half a processor, which takes one request at a time", (mostlyWaits, memory) => {
  const { __endpoint: options } = mostlyWaits;
  expect(options).toMatchObject({ cpu: 0.5, concurrency: 1, availableMemoryMb: memory });
});
