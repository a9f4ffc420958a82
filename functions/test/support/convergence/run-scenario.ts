import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import type { FaultInjection } from "./fault-injection.ts";
import { balanceDocumentsOf, documentsOf, expectConvergence } from "./outcome.ts";
import type { Scenario, Step } from "./scenario.ts";
import { Simulation } from "./simulation.ts";

/** Runs a scenario, and fails unless it ends in what the oracle expects. */
export async function expectToConverge(
  fake: FakeStripe,
  scenario: Scenario,
  faults: FaultInjection | null = null,
): Promise<void> {
  const simulation = new Simulation(fake, scenario, faults);
  await simulation.begin(scenario);
  for (const step of scenario.steps) await run(simulation, step, scenario.ending);
  await simulation.settle(scenario.webhooks.restSeconds, scenario.ending);
  await simulation.syncAll();
  await expectConvergence(simulation);
  if (!scenario.isSyncedTwice) return;
  const before = await updateTimes(simulation);
  await simulation.syncAll();
  expect(await updateTimes(simulation)).toEqual(before);
}

/** Of all documents that a sync without anything new leaves as they are. */
async function updateTimes(simulation: Simulation): Promise<unknown[]> {
  const [payments, balances] = [await documentsOf(simulation), await balanceDocumentsOf(simulation)];
  return [...payments, ...balances].map(([path, { updateTime }]) => [path, updateTime]);
}

function run(simulation: Simulation, step: Step, ending: readonly number[]): Promise<void> | void {
  switch (step.kind) {
    case "order":
      return simulation.order(step.order, step.shape, step.isPaid);
    case "act in Stripe":
      return simulation.act(step.payment, step.action, step.tenths, step.delivery);
    case "payout":
      return simulation.payout(step.account, step.action);
    case "book":
      return simulation.book(step);
    case "sign record":
      return simulation.sign(step.payment, step);
    case "sign unknown":
      return simulation.signUnknown(step.account, step.shape);
    case "hide":
      return simulation.hide(step.payment, step.reference);
    case "post":
      return simulation.post(step.record);
    case "deliver":
      return simulation.deliver(step.event, step.isRepeated, step.instance, step.steps);
    case "deliver all":
      return simulation.deliverAll(step.first, step.instance);
    case "sync":
      return simulation.sync(step.scope, step.owner, step.steps);
    case "advance":
      return simulation.advance(step.process, step.steps);
    case "crash":
      return simulation.crash(step.process);
    case "wait":
      return simulation.wait(step.seconds, ending);
    default:
      return step satisfies never;
  }
}
