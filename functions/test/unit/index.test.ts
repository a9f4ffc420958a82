import functionsTest from "firebase-functions-test";
import * as deployed from "../../src/index.ts";

const { cleanup } = functionsTest({ projectId: "demo-moon-portal" });
afterAll(cleanup);

test("these functions are deployed, each with the runtime options of the service that it replaces", () => {
  expect(Object.keys(deployed).toSorted()).toEqual(["api", "health", "listTransactions", "recordTransaction"]);
  for (const { __endpoint } of Object.values(deployed)) {
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
