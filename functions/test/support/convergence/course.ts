import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import type { History, Step } from "./history.ts";
import { documentsOf, expectConvergence } from "./outcome.ts";
import type { Troubles } from "./troubles.ts";
import { World } from "./world.ts";

/** Lets a history happen, and fails unless it ends in what the oracle says. */
export async function expectToConverge(
  fake: FakeStripe,
  history: History,
  troubles: Troubles | null = null,
): Promise<void> {
  const world = new World(fake, history, troubles);
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
}

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
    case "hide":
      return world.hide(step.payment, step.reference);
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
