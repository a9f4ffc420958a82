import "../support/own-database.ts";
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { DOCUMENTED } from "../../testing/fake-stripe/behaviour.ts";
import { log } from "../../src/log.ts";
import { histories } from "../support/convergence/history.ts";
import { expectToConverge } from "../support/convergence/course.ts";
import { size } from "../support/size.ts";
import { ownStripe } from "../support/stripe.ts";

const HISTORIES = Number(process.env["HISTORIES"] ?? size({ test: 200, soak: 5_000 }));
/** Each has a Stripe of its own, and its histories in turn. */
const AT_ONCE = 4;
/** CONVERGENCE_SEED repeats a run. */
const SEED = Number(process.env["CONVERGENCE_SEED"] ?? randomInt(2 ** 31));
const LIMIT_MS = process.env["HISTORIES"] === undefined ? size({ test: 600_000, soak: 3_600_000 }) : 3_600_000;

const order = {
  account: 0,
  mode: "direct",
  amount: 5_000,
  hasFee: false,
  isLate: false,
  currency: "cad",
  isConverted: false,
  madeBy: "us",
  metadata: {},
  billing: {},
} as const;
const says = { parts: true, currency: "right", off: 0, addsUp: true } as const;

/** Found by a soak, when the proof ran a sync that was not the one of the task. */
test.each([2, 5, 8, 12])(
  "a sync that dies after %i steps leaves a walk to the next one, which brings what has been paid since as well",
  async (steps) => {
    jest.spyOn(log, "error").mockReturnValue();
    await expectToConverge(await ownStripe(), {
      accounts: 1,
      behaviour: DOCUMENTED,
      feesPayer: "account",
      isLongAgo: true,
      deepPassAgo: 20,
      past: null,
      steps: [
        { kind: "order", order, says, isPaid: true },
        { kind: "wait", seconds: 70 },
        { kind: "sync", scope: 1, owner: 1, steps },
        { kind: "order", order, says, isPaid: true },
        { kind: "kill", process: 0 },
      ],
      ending: [0],
      isSyncedTwice: true,
      hearing: { hasWebhooks: false, rest: 100_000 },
    });
  },
);

test(
  `${HISTORIES} histories end in what Stripe's books and the golden records say (seed ${SEED})`,
  async () => {
    jest.spyOn(log, "error").mockReturnValue();
    // The database's client takes a stack with every call, and each costs more in source maps than the call itself.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const worker = async (index: number): Promise<void> => {
      const fake = await ownStripe();
      const property = fc.asyncProperty(histories, async (history) => {
        await expectToConverge(fake, history);
      });
      const parameters = {
        seed: SEED + index,
        numRuns: HISTORIES / AT_ONCE,
        interruptAfterTimeLimit: LIMIT_MS - 30_000,
        markInterruptAsFailure: true,
      };
      await fc.assert(property, parameters);
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, (_none, index) => worker(index)));
    Error.stackTraceLimit = stackTraceLimit;
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  },
  LIMIT_MS,
);
