import "../support/own-database.ts";
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { log } from "../../src/log.ts";
import { histories, type Step } from "../support/convergence/history.ts";
import { documentsOf, expectConvergence } from "../support/convergence/outcome.ts";
import { World } from "../support/convergence/world.ts";
import { size } from "../support/size.ts";
import { ownStripe } from "../support/stripe.ts";

const HISTORIES = size({ test: 200, soak: 5_000 });
/** Each has a Stripe of its own, and its histories in turn. */
const AT_ONCE = 4;
/** CONVERGENCE_SEED repeats a run. */
const SEED = Number(process.env["CONVERGENCE_SEED"] ?? randomInt(2 ** 31));
const LIMIT_MS = size({ test: 240_000, soak: 3_600_000 });

function take(world: World, step: Step, ending: readonly number[]): Promise<void> | void {
  switch (step.kind) {
    case "order":
      return world.order(step.order, step.says, step.isPaid);
    case "happen":
      return world.happen(step.payment, step.next, step.part, step.told);
    case "payout":
      return world.payout(step.account, step.next);
    case "say":
      return world.say(step.payment, step.status, step.name, step.correctsBy, step.isPosted);
    case "invent":
      return world.invent(step.account, step.says);
    case "post":
      return world.post(step.record);
    case "deliver":
      return world.deliver(step.event, step.isAgain, step.instance, step.steps);
    case "deliver all":
      return world.deliverAll(step.first, step.instance);
    case "sync":
      return world.sync(step.scope, step.owner, step.steps);
    case "go on":
      return world.goOn(step.process, step.steps);
    case "kill":
      return world.kill(step.process);
    case "wait":
      return world.wait(step.seconds, ending);
    default:
      return step satisfies never;
  }
}

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
        const world = new World(fake, history);
        await world.begin(history);
        for (const step of history.steps) await take(world, step, history.ending);
        await world.rest(history.hearing.rest, history.ending);
        await world.syncAll();
        await expectConvergence(world);
        if (!history.isSyncedTwice) return;
        const before = await documentsOf(world);
        await world.syncAll();
        const after = await documentsOf(world);
        expect([...after].map(([path, { updateTime }]) => [path, updateTime])).toEqual(
          [...before].map(([path, { updateTime }]) => [path, updateTime]),
        );
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
