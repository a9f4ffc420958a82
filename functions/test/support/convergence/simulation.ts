import { dispute } from "../../../testing/fake-stripe/refunds-and-disputes.ts";
import type { StoredEvent } from "../../../testing/fake-stripe/objects.ts";
import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import { LeaseLostError, NO_BALANCES } from "../../../src/store/sync-state.ts";
import { database } from "../database.ts";
import type { FaultInjection } from "./fault-injection.ts";
import { Orchestrator, pick } from "./orchestrator.ts";
import type { Scenario, Step } from "./scenario.ts";
import { Scheduler, WebhookInstance } from "./scheduler.ts";
import { accountBookings, payoutActions, stripeActions } from "./stripe-actions.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** The longest scenario: Stripe keeps events for 25 days. */
const LONGEST_SCENARIO = 20 * DAY;
/** A process finishes or crashes within this time. */
const LONGEST_PROCESS = 300;

/** Injected faults do not explain so many failures of a replay in a row. */
const REPLAYS = 20;

/** Stripe delivers the newest events first, and older ones when no others are left. */
const NEWEST = 6;

/** A running scenario: Stripe's books, the processes, and the records that were posted. */
export class Simulation extends Orchestrator {
  readonly events: StoredEvent[] = [];
  readonly isLongAgo: boolean;
  readonly hasWebhooks: boolean;
  readonly #scheduler: Scheduler;
  readonly #instances: WebhookInstance[];
  readonly #start: number;

  constructor(fake: FakeStripe, scenario: Scenario, faults: FaultInjection | null = null) {
    const { isLongAgo, webhooks } = scenario;
    super(Math.floor(Date.now() / 1000) + (isLongAgo ? -30 : 1) * DAY, scenario, faults);
    this.#start = this.seconds;
    this.isLongAgo = isLongAgo;
    this.hasWebhooks = webhooks.areSent;
    fake.books = this.books;
    this.#scheduler = new Scheduler(fake, this.accounts, this.now, faults);
    this.#instances = [0, 1].map((index) => new WebhookInstance(this.#scheduler, index));
  }

  /** Begins after a sync of empty accounts. First the past happens, then Stripe sends webhooks. */
  async begin({ rescanHoursAgo, hasBalances, past }: Scenario): Promise<void> {
    const balances = { ...NO_BALANCES, watermark: this.now(), allScannedAt: this.now() };
    const state = {
      watermark: this.now(),
      deepPassAt: new Date((this.seconds - rescanHoursAgo * HOUR) * 1000),
      pass: null,
      failed: [],
      lease: null,
      ...(hasBalances && { balances }),
    };
    const batch = database().batch();
    for (const account of this.accounts) {
      batch.set(database().doc(`franchisees/${account}`), { sync: {} });
      batch.set(database().doc(`syncState/${account}`), state);
    }
    batch.set(database().doc(`syncState/${this.#scheduler.platform}`), state);
    await batch.commit();
    if (past) {
      for (const { order, shape, actions, isDisputed } of past.payments) {
        this.order(order, shape, true);
        const paid = this.payments.at(-1)?.intent;
        if (paid && isDisputed && order.isLate) this.books.settle(paid);
        if (paid && isDisputed) dispute(this.books, paid);
        for (const { action, tenths } of actions) await this.act(this.payments.length - 1, action, tenths);
      }
      this.seconds += past.restSeconds;
      await this.syncAll();
    }
    if (this.hasWebhooks) this.books.onEvent = (event) => void this.events.push(event);
  }

  /**
   * Until the scenario settles, Stripe returns a reference of a payment only as a bare id, as if a permission were
   * missing: then only this payment cannot be read.
   */
  hide(payment: number, reference: number): void {
    const intent = pick(this.payments, payment)?.intent;
    if (typeof intent?.latest_charge !== "string") return;
    const charge = this.books.chargeOf(intent);
    const { refund } = this.books.chargeAccount(this.books.specOf(intent));
    const refunds = refund.newestFirst().filter((one) => one.charge === charge.id);
    const { balance_transaction: balance, application_fee: fee, transfer } = charge;
    const references = [intent.id, charge.id, balance, fee, transfer, ...refunds.map((one) => one.balance_transaction)];
    const id = pick(
      references.filter((one) => typeof one === "string"),
      reference,
    );
    if (id === undefined) return;
    this.books.unexpanded.add(id);
    this.#scheduler.expectsUnreadable = true;
  }

  /** Ends the hiding, and replays the events that it quarantined, as an operator does: again if a replay fails. */
  async #unhide(): Promise<void> {
    if (this.books.unexpanded.size === 0) return;
    this.books.unexpanded.clear();
    for (const event of this.events) {
      for (let tries = 0; tries < REPLAYS && (await this.#isQuarantined(event)); tries += 1) {
        await this.#scheduler.advance(await this.#instance(0).deliver(event, true), Infinity);
      }
    }
  }

  async #isQuarantined({ id }: StoredEvent): Promise<boolean> {
    const stored = await database().doc(`stripeEvents/${id}`).get();
    return stored.get("status") === "quarantined";
  }

  /** Takes an action on a payment in Stripe. Stripe delivers its event at once, or leaves it for later. */
  async act(
    payment: number,
    action: number,
    tenths: number,
    delivery: { instance: number; steps: number } | null = null,
  ): Promise<void> {
    const intent = pick(this.payments, payment)?.intent;
    if (intent) pick(stripeActions(this.books, intent, tenths), action)?.();
    const event = this.events.at(-1);
    if (!delivery || !event) return;
    await this.#scheduler.advance(await this.#instance(delivery.instance).deliver(event), delivery.steps);
  }

  payout(account: number, action: number): void {
    this.books.releaseFunds();
    pick(payoutActions(this.books, pick(this.accounts, account) ?? ""), action)?.();
  }

  /** Changes an account's balance for no payment. */
  book({ account, action, ...booking }: Omit<Extract<Step, { kind: "book" }>, "kind">): void {
    pick(accountBookings(this.books, pick(this.accounts, account) ?? "", booking), action)?.();
  }

  /** Delivers an undelivered event, or repeats a delivered one. */
  async deliver(event: number, isRepeated: boolean, instance: number, steps: number): Promise<void> {
    const pending = this.events.filter((one) => isRepeated || one.pending_webhooks > 0);
    const found = pick(pending.slice(-NEWEST), event);
    if (found) await this.#scheduler.advance(await this.#instance(instance).deliver(found), steps);
  }

  /** Delivers all undelivered events by age, beginning with the first-th. */
  async deliverAll(first: number, instance: number): Promise<void> {
    const pending = this.events.filter((one) => one.pending_webhooks > 0);
    const start = first % Math.max(pending.length, 1);
    const processes = [];
    for (const event of [...pending.slice(start), ...pending.slice(0, start)]) {
      processes.push(await this.#instance(instance).deliver(event));
    }
    for (const process of processes) await this.#scheduler.advance(process, Infinity);
  }

  async sync(scope: number, owner: number, steps: number): Promise<void> {
    const name = pick(["platform", ...this.accounts], scope) ?? "";
    const started = await this.#scheduler.start((process) =>
      this.#scheduler.sync(name, process, `task ${owner}`).catch((error: unknown) => {
        if (!(error instanceof LeaseLostError)) throw error;
      }),
    );
    await this.#scheduler.advance(started, steps);
  }

  async advance(process: number, steps: number): Promise<void> {
    await this.#scheduler.advance(pick(this.#scheduler.paused(), process), steps);
  }

  /** Crashes a process; with a webhook's, all those of its instance. */
  async crash(process: number): Promise<void> {
    const crashed = pick(this.#scheduler.paused(), process);
    if (!crashed) return;
    const processes = this.#instances.find((one) => one.processes.has(crashed))?.processes ?? [crashed];
    this.#instances.forEach((one, index) => {
      if (one.processes.has(crashed)) this.#instances[index] = new WebhookInstance(this.#scheduler, index);
    });
    for (const one of processes) await one.crash();
  }

  #instance(index: number): WebhookInstance {
    const instance = this.#instances[index];
    if (!instance) throw new Error(`There is no instance ${index}.`);
    return instance;
  }

  async wait(seconds: number, ending: readonly number[]): Promise<void> {
    if (this.seconds + seconds > this.#start + LONGEST_SCENARIO) return;
    if (seconds > LONGEST_PROCESS) await this.finish(ending);
    this.seconds += seconds;
  }

  /** Finishes all processes, then lets time pass. */
  async settle(seconds: number, ending: readonly number[]): Promise<void> {
    await this.finish(ending);
    await this.#unhide();
    this.seconds += seconds;
  }

  /** Advances or crashes processes until all have ended. */
  async finish(ending: readonly number[]): Promise<void> {
    for (let turn = 0; this.#scheduler.paused().length > 0; turn += 1) {
      const choice = ending[turn % ending.length] ?? 0;
      if (choice % 5 === 4) await this.crash(choice);
      else await this.advance(choice, 1 + (choice % 7));
    }
  }

  /** Syncs the platform and each account once, as the schedule does. */
  async syncAll(): Promise<void> {
    for (const scope of ["platform", ...this.accounts]) await this.#scheduler.syncCompletely(scope, "last task");
  }
}
