import { randomUUID } from "node:crypto";
import type { StoredEvent } from "../../../testing/fake-stripe/objects.ts";
import type { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import { type FetchPayment, paymentFetcher, sharedFetcher } from "../../../src/stripe/payment-fetcher.ts";
import { processEvent } from "../../../src/jobs/events/process-event.ts";
import { IncompleteSyncError } from "../../../src/jobs/sync/failures.ts";
import { type SyncStore, syncStore } from "../../../src/store/sync-store.ts";
import { KeyedMutex } from "../../../src/store/keyed-mutex.ts";
import { PLATFORM } from "../../../src/store/sync-state.ts";
import { syncUpToNow } from "../../../src/jobs/sync/sync.ts";
import type { Connection } from "../../../src/stripe/client.ts";
import { eventNewsSchema } from "../../../src/stripe/events.ts";
import { UnreadablePaymentError } from "../../../src/stripe/expansion.ts";
import type { PaymentRef, PaymentResult } from "../../../src/stripe/payments.ts";
import { DEFAULTS } from "../records.ts";
import { connectTo } from "../stripe.ts";
import { Life } from "./life.ts";
import { isTrouble, type Troubles, untilThrough } from "./troubles.ts";

/** Those who work on something at the same time. One step of one of them is taken at a time. */
export class Processes {
  /** The name under which the sync of this history's platform keeps its state. */
  readonly platform = `platform_${randomUUID()}`;
  readonly now: () => Date;
  readonly #accounts: readonly string[];
  readonly #connection: Connection;
  readonly #books: FakeBooks;
  readonly #troubles: Troubles | null;
  readonly #fake: FakeStripe;
  readonly #errors: unknown[] = [];
  #lives: Life[] = [];
  readonly #asking = new Set<Life>();
  #askedAt = 0;

  constructor(fake: FakeStripe, accounts: readonly string[], now: () => Date, troubles: Troubles | null) {
    this.#troubles = troubles;
    this.#fake = fake;
    this.#connection = connectTo(fake);
    this.#books = fake.books;
    this.#accounts = accounts;
    this.now = now;
  }

  async start(run: (life: Life) => Promise<unknown>): Promise<Life> {
    this.#troubles?.strike(this.#fake);
    const life = await Life.start(run, this.#fail);
    this.#lives.push(life);
    return life;
  }

  /** Whether Stripe shows, or has shown, some references as mere ids: then some payments cannot be read. */
  expectsUnreadable = false;

  /** Whom troubles have stopped has not done what it was at, as if it had died. */
  readonly #fail = (error: unknown): void => {
    const isUnreadable = error instanceof UnreadablePaymentError || error instanceof IncompleteSyncError;
    if (this.expectsUnreadable && isUnreadable) return;
    if (!this.#troubles || !isTrouble(error)) this.#errors.push(error);
  };

  /** One that another one starts, and waits for. */
  fork(run: (life: Life) => Promise<unknown>): Life {
    const life = new Life(run, this.#fail);
    this.#lives.push(life);
    this.#asking.add(life);
    return life;
  }

  ready(): Life[] {
    this.throwErrors();
    this.#lives = this.#lives.filter((life) => !life.isOver);
    return this.#lives.filter((life) => life.canGoOn);
  }

  /** What went wrong in a process, other than its death. */
  throwErrors(): void {
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  /** Lets a process take so many steps, those of whom it waits for among them. */
  async letOn(life: Life | undefined, steps: number): Promise<void> {
    if (!life) return;
    for (let taken = 0; taken < steps; taken += 1) {
      const next = life.canGoOn || !life.isWaiting ? life : [...this.#asking].find(({ canGoOn }) => canGoOn);
      if (!next?.canGoOn) return;
      await next.goOn();
      if (next.isOver) this.#asking.delete(next);
      // Whoever waited for what it found out comes to the next step.
      if (this.#lives.some(({ isWaiting }) => isWaiting)) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The sync of one scope, as its task runs it. */
  async sync(scope: string, life: Life, owner: string): Promise<void> {
    const dependencies = { store: this.store(life), connection: this.connection(life), defaults: DEFAULTS };
    await syncUpToNow(scope, dependencies, { now: this.now, owner });
  }

  /** The same; nothing stops it, and where something goes wrong the same task comes again. */
  async syncToItsEnd(scope: string, owner: string): Promise<void> {
    const dependencies = { store: this.#store, connection: this.#connection, defaults: DEFAULTS };
    await untilThrough(this.#troubles, () => syncUpToNow(scope, dependencies, { now: this.now, owner }));
  }

  /** How late the clock of an instance is, in milliseconds. */
  lagOf(instance: number): number {
    return instance * (this.#troubles?.lagMs ?? 0);
  }

  /** No two questions are asked in the same millisecond, the unit in which their order is known (docs/decisions/0006). */
  connection(life: Life): Connection {
    return {
      ...this.#connection,
      request: async (question) => {
        await life.stop();
        while (Date.now() <= this.#askedAt);
        this.#askedAt = Date.now();
        return this.#connection.request(async (stripe, asOf) => {
          await life.stop();
          return question(stripe, asOf);
        });
      },
    };
  }

  /** The ledger, of which these accounts are all the franchisees, and this Stripe's events all there are. */
  get #store(): SyncStore {
    const own = (scope: string): string => (scope === PLATFORM ? this.platform : scope);
    return {
      ...syncStore,
      takeLease: (scope, ...args) => syncStore.takeLease(own(scope), ...args),
      readSyncState: (scope) => syncStore.readSyncState(own(scope)),
      franchiseeIds: () => Promise.resolve([...this.#accounts]),
      interruptedEvents: async (account, before) => {
        const shelf = this.#books.booksOf(account)?.event;
        return (await syncStore.interruptedEvents(account, before)).filter(({ id }) => shelf?.get(id) !== undefined);
      },
    };
  }

  store(life: Life): SyncStore {
    const whole = this.#store;
    return {
      takeLease: (...args) => life.step(() => whole.takeLease(...args)),
      saveState: (...args) => life.step(() => whole.saveState(...args)),
      endLease: (...args) => life.step(() => whole.endLease(...args)),
      readSyncState: (...args) => life.step(() => whole.readSyncState(...args)),
      applyAll: (targets, context, event) => life.step(() => whole.applyAll(targets, context, event, new KeyedMutex())),
      unsettled: whole.unsettled,
      franchiseeIds: whole.franchiseeIds,
      recordFreshness: (...args) => life.step(() => whole.recordFreshness(...args)),
      isFranchisee: whole.isFranchisee,
      claimEvent: (...args) => life.step(() => whole.claimEvent(...args)),
      quarantineEvent: (...args) => life.step(() => whole.quarantineEvent(...args)),
      eventStatuses: (...args) => life.step(() => whole.eventStatuses(...args)),
      interruptedEvents: (...args) => life.step(() => whole.interruptedEvents(...args)),
      withFacts: whole.withFacts,
    };
  }
}

/** An instance of the function that takes webhooks: those whom it serves at the same time share Stripe's answers, and its death. */
export class Instance {
  readonly lives = new Set<Life>();
  readonly #processes: Processes;
  readonly #fetchPayment: FetchPayment;

  readonly #lagMs: number;

  constructor(processes: Processes, index: number) {
    this.#processes = processes;
    this.#lagMs = processes.lagOf(index);
    this.#fetchPayment = sharedFetcher((payment) => this.#fetch(payment));
  }

  #fetch(payment: PaymentRef): Promise<PaymentResult | null> {
    const { promise, resolve, reject } = Promise.withResolvers<PaymentResult | null>();
    const life = this.#processes.fork(async (asking) => {
      try {
        resolve(await paymentFetcher(this.#processes.connection(asking))(payment));
      } catch (error) {
        reject(error);
        throw error;
      }
    });
    this.lives.add(life);
    return promise;
  }

  /** Stripe takes an event for delivered when it is answered. */
  async deliver(event: StoredEvent, isReplay = false): Promise<Life> {
    const life = await this.#processes.start(async (process) => {
      const news = eventNewsSchema.parse(JSON.parse(JSON.stringify(event)));
      if (news.kind === "event") {
        const dependencies = {
          store: this.#processes.store(process),
          connection: this.#processes.connection(process),
          fetchPayment: (payment: PaymentRef) => process.await(this.#fetchPayment(payment)),
          defaults: DEFAULTS,
          now: () => new Date(this.#processes.now().getTime() - this.#lagMs),
        };
        await processEvent(news.event, dependencies, isReplay);
      }
      await process.stop();
      event.pending_webhooks = 0;
    });
    this.lives.add(life);
    return life;
  }
}
