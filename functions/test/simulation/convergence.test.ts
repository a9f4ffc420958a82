import { randomInt } from "node:crypto";
import fc from "fast-check";
import { DOCUMENTED } from "../../testing/fake-stripe/behaviour.ts";
import { log } from "../../src/log.ts";
import { isolateDatabase } from "../support/database.ts";
import { expectToConverge } from "../support/convergence/run-scenario.ts";
import { scenarios } from "../support/convergence/scenario.ts";
import { size } from "../support/size.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();
const startStripe = fakeStripes();

const SCENARIOS = Number(process.env["SCENARIOS"] ?? size({ test: 100, soak: 5_000 }));
/** Each worker has its own Stripe, and runs its scenarios sequentially. */
const WORKERS = 4;
/** CONVERGENCE_SEED repeats a run. */
const SEED = Number(process.env["CONVERGENCE_SEED"] ?? randomInt(2 ** 31));
const LIMIT_MS = process.env["SCENARIOS"] === undefined ? size({ test: 600_000, soak: 3_600_000 }) : 3_600_000;

const order = {
  account: 0,
  mode: "direct",
  amount: 5_000,
  hasFee: false,
  isLate: false,
  currency: "cad",
  isConverted: false,
  createdBy: "us",
  metadata: {},
  billing: {},
} as const;
const shape = { hasParts: true, currency: "right", netError: 0, addsUp: true } as const;

/** Found by a soak. */
test.each([2, 5, 8, 12])(
  "a sync that crashes after %i steps leaves its scan to the next one, which also imports payments made since",
  async (steps) => {
    jest.spyOn(log, "error").mockReturnValue();
    await expectToConverge(await startStripe(), {
      accounts: 1,
      behaviour: DOCUMENTED,
      delayDays: 0,
      feesPayer: "account",
      isLongAgo: true,
      rescanHoursAgo: 20,
      hasBalances: true,
      past: null,
      steps: [
        { kind: "order", order, shape, isPaid: true },
        { kind: "wait", seconds: 70 },
        { kind: "sync", scope: 1, owner: 1, steps },
        { kind: "order", order, shape, isPaid: true },
        { kind: "crash", process: 0 },
      ],
      ending: [0],
      isSyncedTwice: true,
      webhooks: { areSent: false, restSeconds: 100_000 },
    });
  },
);

/** Found by a soak. */
test("a movement that only the contents of a payout show, and no scan's window, is part of its payment at once", async () => {
  jest.spyOn(log, "error").mockReturnValue();
  const act = { kind: "act in Stripe", payment: 0, action: 0, tenths: 1, delivery: null } as const;
  await expectToConverge(await startStripe(), {
    accounts: 1,
    behaviour: { ...DOCUMENTED, payoutRemainder: "held" },
    delayDays: 0,
    feesPayer: "account",
    isLongAgo: false,
    rescanHoursAgo: 0,
    hasBalances: true,
    // Its charge settles only after the first sync, with the time of the charge; then it is paid out and disputed.
    past: {
      payments: [{ order: { ...order, amount: 1_000, isLate: true }, shape, actions: [], isDisputed: false }],
      restSeconds: 4_000,
    },
    steps: [act, { kind: "payout", account: 0, action: 0 }, act],
    ending: [0],
    isSyncedTwice: true,
    webhooks: { areSent: false, restSeconds: 100_000 },
  });
});

/** Found by a soak: the uncaptured part is available, and withdrawn, before the payment. */
test("a withdrawal of a payment's uncaptured part is not the payment's deposit", async () => {
  jest.spyOn(log, "error").mockReturnValue();
  const act = (action: number) => ({ kind: "act in Stripe", payment: 0, action, tenths: 1, delivery: null }) as const;
  await expectToConverge(await startStripe(), {
    accounts: 1,
    behaviour: { ...DOCUMENTED, partialCapture: "reversal alone" },
    delayDays: 1,
    feesPayer: "account",
    isLongAgo: false,
    rescanHoursAgo: 0,
    hasBalances: true,
    past: null,
    // Authorizes 10.00, captures 1.00.
    steps: [
      { kind: "order", order: { ...order, amount: 1_000 }, shape, isPaid: false },
      act(3),
      act(2),
      { kind: "payout", account: 0, action: 0 },
    ],
    ending: [0],
    isSyncedTwice: true,
    webhooks: { areSent: true, restSeconds: 600 },
  });
});

test(
  `${SCENARIOS} scenarios end in what Stripe's books and the golden records state (seed ${SEED})`,
  async () => {
    jest.spyOn(log, "error").mockReturnValue();
    // The database's client captures a stack trace on each call, which costs more than the call itself.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const worker = async (index: number): Promise<void> => {
      const fake = await startStripe();
      const property = fc.asyncProperty(scenarios, async (scenario) => {
        await expectToConverge(fake, scenario);
      });
      const parameters = {
        seed: SEED + index,
        numRuns: SCENARIOS / WORKERS,
        interruptAfterTimeLimit: LIMIT_MS - 30_000,
        markInterruptAsFailure: true,
      };
      await fc.assert(property, parameters);
    };
    const ends = await Promise.allSettled(Array.from({ length: WORKERS }, (_none, index) => worker(index)));
    Error.stackTraceLimit = stackTraceLimit;
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  },
  LIMIT_MS,
);
