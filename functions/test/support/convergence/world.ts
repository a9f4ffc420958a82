import { dispute } from "../../../testing/fake-stripe/refunds-and-disputes.ts";
import type { StoredEvent } from "../../../testing/fake-stripe/objects.ts";
import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import { LeaseLostError } from "../../../src/store/sync-state.ts";
import { database } from "../database.ts";
import { nextOf, nextPayouts } from "./happenings.ts";
import type { History } from "./history.ts";
import { Orchestrator, pick } from "./orchestrator.ts";
import { Instance, Processes } from "./processes.ts";
import type { Troubles } from "./troubles.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** A history is at most so long: Stripe keeps events for 25 days. */
const LONGEST = 20 * DAY;
/** Whoever works on something is through with it, or dead, before so long has passed. */
const LONGEST_ERRAND = 300;

/** Stripe delivers what is new; what is older, it tries again when there is nothing else. */
const LATEST = 6;

/** One history, as it goes on: Stripe's books, who works on what, and what was posted. */
export class World extends Orchestrator {
  readonly events: StoredEvent[] = [];
  readonly isLongAgo: boolean;
  readonly #processes: Processes;
  readonly #instances: Instance[];
  readonly #start: number;
  readonly #hasWebhooks: boolean;

  constructor(fake: FakeStripe, history: History, troubles: Troubles | null = null) {
    const { isLongAgo, hearing } = history;
    super(Math.floor(Date.now() / 1000) + (isLongAgo ? -30 : 1) * DAY, history, troubles);
    this.#start = this.seconds;
    this.isLongAgo = isLongAgo;
    this.#hasWebhooks = hearing.hasWebhooks;
    fake.books = this.books;
    this.#processes = new Processes(fake, this.accounts, this.now, troubles);
    this.#instances = [0, 1].map((index) => new Instance(this.#processes, index));
  }

  /** A sync of the books as they were, in which there was nothing; then the past, and from then on Stripe sends webhooks. */
  async begin({ deepPassAgo, past }: History): Promise<void> {
    const state = {
      watermark: this.now(),
      deepPassAt: new Date((this.seconds - deepPassAgo * HOUR) * 1000),
      pass: null,
      failed: [],
      lease: null,
    };
    const batch = database.batch();
    for (const account of this.accounts) {
      batch.set(database.doc(`franchisees/${account}`), { sync: {} });
      batch.set(database.doc(`syncState/${account}`), state);
    }
    batch.set(database.doc(`syncState/${this.#processes.platform}`), state);
    await batch.commit();
    if (past) {
      for (const { order, says, happenings, isDisputed } of past.payments) {
        this.order(order, says, true);
        const paid = this.subjects.at(-1)?.intent;
        if (paid && isDisputed && order.isLate) this.books.settle(paid);
        if (paid && isDisputed) dispute(this.books, paid);
        for (const { next, part } of happenings) await this.happen(this.subjects.length - 1, next, part);
      }
      this.seconds += past.quiet;
      await this.syncAll();
    }
    if (this.#hasWebhooks) this.books.onEvent = (event) => void this.events.push(event);
  }

  /**
   * From now on, until it is quiet, Stripe shows no more of something about a payment than its id, as for lack of a permission: who reads
   * the payment fails with this one alone.
   */
  hide(payment: number, reference: number): void {
    const intent = pick(this.subjects, payment)?.intent;
    if (typeof intent?.latest_charge !== "string") return;
    const charge = this.books.chargeOf(intent);
    const { refund } = this.books.home(this.books.specOf(intent));
    const refunds = refund.newestFirst().filter((one) => one.charge === charge.id);
    const { balance_transaction: balance, application_fee: fee, transfer } = charge;
    const references = [intent.id, charge.id, balance, fee, transfer, ...refunds.map((one) => one.balance_transaction)];
    const id = pick(
      references.filter((one) => typeof one === "string"),
      reference,
    );
    if (id === undefined) return;
    this.books.bare.add(id);
    this.#processes.expectsUnreadable = true;
  }

  /** Stripe shows everything again, and an operator replays what was quarantined for it. */
  async #show(): Promise<void> {
    if (this.books.bare.size === 0) return;
    this.books.bare.clear();
    for (const event of this.events) {
      const stored = await database.doc(`stripeEvents/${event.id}`).get();
      if (stored.get("status") !== "quarantined") continue;
      await this.#processes.letOn(await this.#instance(0).deliver(event, true), Infinity);
    }
  }

  /** Something happens to a payment, and Stripe tells of it at once, or leaves that for later. */
  async happen(
    payment: number,
    next: number,
    part: number,
    told: { instance: number; steps: number } | null = null,
  ): Promise<void> {
    const intent = pick(this.subjects, payment)?.intent;
    if (intent) pick(nextOf(this.books, intent, part), next)?.();
    const event = this.events.at(-1);
    if (told && event) await this.#processes.letOn(await this.#instance(told.instance).deliver(event), told.steps);
  }

  /** Only webhooks tell of payouts, and what the sync finds that these have missed. */
  payout(account: number, next: number): void {
    if (this.books.onEvent) pick(nextPayouts(this.books, pick(this.accounts, account) ?? ""), next)?.();
  }

  /** Stripe delivers an event that it could not deliver yet, or one that it has delivered already. */
  async deliver(event: number, isAgain: boolean, instance: number, steps: number): Promise<void> {
    const pending = this.events.filter((one) => isAgain || one.pending_webhooks > 0);
    const found = pick(pending.slice(-LATEST), event);
    if (found) await this.#processes.letOn(await this.#instance(instance).deliver(found), steps);
  }

  /** In order of their age, from one on, and then the older ones. */
  async deliverAll(first: number, instance: number): Promise<void> {
    const pending = this.events.filter((one) => one.pending_webhooks > 0);
    const start = first % Math.max(pending.length, 1);
    const lives = [];
    for (const event of [...pending.slice(start), ...pending.slice(0, start)]) {
      lives.push(await this.#instance(instance).deliver(event));
    }
    for (const life of lives) await this.#processes.letOn(life, Infinity);
  }

  async sync(scope: number, owner: number, steps: number): Promise<void> {
    const name = pick(["platform", ...this.accounts], scope) ?? "";
    const life = await this.#processes.start((process) =>
      this.#processes.sync(name, process, `task ${owner}`).catch((error: unknown) => {
        if (!(error instanceof LeaseLostError)) throw error;
      }),
    );
    await this.#processes.letOn(life, steps);
  }

  async goOn(process: number, steps: number): Promise<void> {
    await this.#processes.letOn(pick(this.#processes.ready(), process), steps);
  }

  /** The process dies, with all that it was at. */
  async kill(process: number): Promise<void> {
    const life = pick(this.#processes.ready(), process);
    if (!life) return;
    const lives = this.#instances.find((one) => one.lives.has(life))?.lives ?? [life];
    this.#instances.forEach((one, index) => {
      if (one.lives.has(life)) this.#instances[index] = new Instance(this.#processes, index);
    });
    for (const one of lives) await one.die();
  }

  #instance(index: number): Instance {
    const instance = this.#instances[index];
    if (!instance) throw new Error(`There is no instance ${index}.`);
    return instance;
  }

  async wait(seconds: number, ending: readonly number[]): Promise<void> {
    if (this.seconds + seconds > this.#start + LONGEST) return;
    if (seconds > LONGEST_ERRAND) await this.finish(ending);
    this.seconds += seconds;
  }

  /** All that is under way comes to its end, and then it is quiet for a while. */
  async rest(seconds: number, ending: readonly number[]): Promise<void> {
    await this.finish(ending);
    await this.#show();
    this.seconds += seconds;
  }

  /** All that is under way comes to its end, this way or another. */
  async finish(ending: readonly number[]): Promise<void> {
    for (let turn = 0; this.#processes.ready().length > 0; turn += 1) {
      const choice = ending[turn % ending.length] ?? 0;
      if (choice % 5 === 4) await this.kill(choice);
      else await this.goOn(choice, 1 + (choice % 7));
    }
  }

  /** What the schedule sets off: one run of the platform, one of each account. */
  async syncAll(): Promise<void> {
    for (const scope of ["platform", ...this.accounts]) await this.#processes.syncToItsEnd(scope, "last task");
  }
}
