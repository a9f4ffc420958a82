import { randomInt } from "node:crypto";
import fc from "fast-check";
import type { FirestoreProxy } from "../../testing/firestore-proxy.ts";
import { log } from "../../src/log.ts";
import { FaultInjection } from "../support/convergence/fault-injection.ts";
import { expectToConverge } from "../support/convergence/run-scenario.ts";
import { scenarios } from "../support/convergence/scenario.ts";
import { isolateDatabase, startDatabaseProxy } from "../support/database.ts";
import { size } from "../support/size.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();
const startStripe = fakeStripes();

const SCENARIOS = Number(process.env["SCENARIOS"] ?? size({ test: 8, soak: 5_000 }));
/** Many, because the database's client waits for seconds before it retries a read. */
const WORKERS = size({ test: 8, soak: 25 });
/** The share of calls that fail. */
const RATE = size({ test: 0.1, soak: 0.05 });
/** CONVERGENCE_SEED repeats scenarios and faults; which process a fault hits depends on timing. */
const SEED = Number(process.env["CONVERGENCE_SEED"] ?? randomInt(2 ** 31));
const LIMIT_MS = size({ test: 600_000, soak: 4 * 3_600_000 });

let proxy: FirestoreProxy;
beforeAll(async () => {
  proxy = await startDatabaseProxy({ isBypassed: true });
});
afterAll(() => proxy.close());

test(
  `${SCENARIOS} scenarios converge despite failures of Firestore and Stripe and clock skew (seed ${SEED})`,
  async () => {
    jest.spyOn(log, "error").mockReturnValue();
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const faults = new FaultInjection(SEED, RATE);
    proxy.fault(faults.firestore);
    const worker = async (index: number): Promise<void> => {
      const fake = await startStripe();
      const property = fc.asyncProperty(scenarios, (scenario) => expectToConverge(fake, scenario, faults));
      // A failure need not repeat, so shrinking is pointless.
      await fc.assert(property, { seed: SEED + index, numRuns: Math.ceil(SCENARIOS / WORKERS), endOnFailure: true });
    };
    const ends = await Promise.allSettled(Array.from({ length: WORKERS }, (_none, index) => worker(index)));
    Error.stackTraceLimit = stackTraceLimit;
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    expect(proxy.counts().faults).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
