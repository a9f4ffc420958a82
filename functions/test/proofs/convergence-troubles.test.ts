import "../support/own-database.ts";
import { direct, proxy } from "../support/proxied-database.ts";
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { log } from "../../src/log.ts";
import { expectToConverge } from "../support/convergence/course.ts";
import { histories } from "../support/convergence/history.ts";
import { Troubles } from "../support/convergence/troubles.ts";
import { lookThrough } from "../support/database.ts";
import { size } from "../support/size.ts";
import { ownStripe } from "../support/stripe.ts";

const HISTORIES = Number(process.env["HISTORIES"] ?? size({ test: 8, soak: 5_000 }));
/** The database's client waits for seconds before it reads again, so many go on at the same time. */
const AT_ONCE = size({ test: 8, soak: 25 });
/** So many calls out of each one go wrong. */
const RATE = size({ test: 0.1, soak: 0.05 });
/** CONVERGENCE_SEED makes the same histories, and draws the same troubles; whom these hit depends on who comes first. */
const SEED = Number(process.env["CONVERGENCE_SEED"] ?? randomInt(2 ** 31));
const LIMIT_MS = size({ test: 600_000, soak: 4 * 3_600_000 });

test(
  `${HISTORIES} histories that meet with failures of Firestore and Stripe, and late clocks, end in the same way (seed ${SEED})`,
  async () => {
    jest.spyOn(log, "error").mockReturnValue();
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    lookThrough(direct);
    const troubles = new Troubles(SEED, RATE);
    proxy.fault(troubles.firestore);
    const worker = async (index: number): Promise<void> => {
      const fake = await ownStripe();
      const property = fc.asyncProperty(histories, (history) => expectToConverge(fake, history, troubles));
      // The same history may end well the next time: there is nothing to make smaller.
      await fc.assert(property, { seed: SEED + index, numRuns: Math.ceil(HISTORIES / AT_ONCE), endOnFailure: true });
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, (_none, index) => worker(index)));
    Error.stackTraceLimit = stackTraceLimit;
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    expect(proxy.counts().faults).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
