import { randomUUID } from "node:crypto";
import type { StoredEvent } from "../../../testing/fake-stripe/objects.ts";
import type { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import { keyOf } from "../../../src/stripe/payment-fetcher.ts";
import { Batches } from "../../../src/jobs/events/batches.ts";
import {
  applyPayment,
  type Claim,
  type EventDependencies,
  type EventResult,
  processEvent,
} from "../../../src/jobs/events/process-event.ts";
import { IncompleteSyncError } from "../../../src/jobs/sync/failures.ts";
import { type SyncStore, syncStore } from "../../../src/store/sync-store.ts";
import { KeyedMutex } from "../../../src/store/keyed-mutex.ts";
import { PLATFORM } from "../../../src/store/sync-state.ts";
import { syncUpToNow } from "../../../src/jobs/sync/sync.ts";
import type { Connection } from "../../../src/stripe/client.ts";
import { receivedEventSchema } from "../../../src/stripe/events.ts";
import { UnreadablePaymentError } from "../../../src/stripe/expansion.ts";
import { DEFAULTS } from "../records.ts";
import { SteppedProcess, storeWith } from "../simulated-process.ts";
import { connectTo } from "../stripe.ts";
import { eventDependencies } from "../webhooks.ts";
import { type FaultInjection, isInjectedFault, retryFaults } from "./fault-injection.ts";

/** Concurrent processes, advanced one step of one process at a time. */
export class Scheduler {
  /** The name under which the sync of this scenario's platform keeps its state. */
  readonly platform = `platform_${randomUUID()}`;
  readonly now: () => Date;
  readonly #accounts: readonly string[];
  readonly #connection: Connection;
  readonly #books: FakeBooks;
  readonly #faults: FaultInjection | null;
  readonly #fake: FakeStripe;
  readonly #errors: unknown[] = [];
  #processes: SteppedProcess[] = [];
  readonly #shared = new Set<SteppedProcess>();
  #lastRequestAt = 0;

  constructor(fake: FakeStripe, accounts: readonly string[], now: () => Date, faults: FaultInjection | null) {
    this.#faults = faults;
    this.#fake = fake;
    this.#connection = connectTo(fake);
    this.#books = fake.books;
    this.#accounts = accounts;
    this.now = now;
  }

  async start(run: (process: SteppedProcess) => Promise<unknown>): Promise<SteppedProcess> {
    this.#faults?.injectInto(this.#fake);
    const process = await SteppedProcess.start(run, this.#fail);
    this.#processes.push(process);
    return process;
  }

  /** Whether Stripe returns, or has returned, some references as bare ids: then some payments cannot be read. */
  expectsUnreadable = false;

  /** A process that an injected fault stops has not finished its work, as if it had crashed. */
  readonly #fail = (error: unknown): void => {
    const isUnreadable = error instanceof UnreadablePaymentError || error instanceof IncompleteSyncError;
    if (this.expectsUnreadable && isUnreadable) return;
    if (!this.#faults || !isInjectedFault(error)) this.#errors.push(error);
  };

  /** Starts work for which other processes wait. */
  startShared(run: (process: SteppedProcess) => Promise<unknown>): SteppedProcess {
    const process = new SteppedProcess(run, this.#fail);
    this.#processes.push(process);
    this.#shared.add(process);
    return process;
  }

  paused(): SteppedProcess[] {
    this.throwErrors();
    this.#processes = this.#processes.filter((process) => !process.isFinished);
    return this.#processes.filter((process) => process.isPaused);
  }

  /** Throws what failed in a process, other than its crash. */
  throwErrors(): void {
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  /** Advances a process by this many steps, including those of the shared work for which it waits. */
  async advance(process: SteppedProcess | undefined, steps: number): Promise<void> {
    if (!process) return;
    for (let taken = 0; taken < steps; taken += 1) {
      const next =
        process.isPaused || !process.isWaiting ? process : [...this.#shared].find(({ isPaused }) => isPaused);
      if (!next?.isPaused) return;
      await next.advance();
      if (next.isFinished) this.#shared.delete(next);
      // The processes that waited for its result reach their next steps.
      if (this.#processes.some(({ isWaiting }) => isWaiting)) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Syncs one scope as its task does. */
  async sync(scope: string, process: SteppedProcess, owner: string): Promise<void> {
    const store = process.store(this.#store);
    const dependencies = { store, connection: process.connection(this.#connectionInOrder), defaults: DEFAULTS };
    await syncUpToNow(scope, dependencies, { now: this.now, owner });
  }

  /** The same without pauses; if it fails the task runs again. */
  async syncCompletely(scope: string, owner: string): Promise<void> {
    const dependencies = { store: this.#store, connection: this.#connection, defaults: DEFAULTS };
    await retryFaults(this.#faults, () => syncUpToNow(scope, dependencies, { now: this.now, owner }));
  }

  /** How late the clock of an instance is, in milliseconds. */
  clockLagMs(instance: number): number {
    return instance * (this.#faults?.clockLagMs ?? 0);
  }

  /** The dependencies of an instance of the webhook whose clock is late. */
  dependencies(process: SteppedProcess, clockLagMs: number): EventDependencies {
    return {
      ...eventDependencies(process.connection(this.#connectionInOrder), process.store(this.#store)),
      now: () => new Date(this.now().getTime() - clockLagMs),
    };
  }

  /**
   * No two requests are sent in the same millisecond, the precision at which their order is known
   * (docs/decisions/0006).
   */
  get #connectionInOrder(): Connection {
    return {
      ...this.#connection,
      request: (send) => {
        while (Date.now() <= this.#lastRequestAt);
        this.#lastRequestAt = Date.now();
        return this.#connection.request(send);
      },
    };
  }

  /** A store in which these accounts are the only franchisees, and this Stripe's events the only ones. */
  get #store(): SyncStore {
    const own = (scope: string): string => (scope === PLATFORM ? this.platform : scope);
    return {
      ...storeWith(new KeyedMutex()),
      takeLease: (scope, ...args) => syncStore.takeLease(own(scope), ...args),
      readSyncState: (scope) => syncStore.readSyncState(own(scope)),
      franchiseeIds: () => Promise.resolve([...this.#accounts]),
      interruptedEvents: async (account, before, after) => {
        const events = this.#books.objectsOf(account)?.event;
        const page = await syncStore.interruptedEvents(account, before, after);
        return { ...page, events: page.events.filter(({ id }) => events?.get(id) !== undefined) };
      },
    };
  }
}

/** An instance of the webhook function: its concurrent requests share Stripe's responses, commits and its crash. */
export class WebhookInstance {
  readonly processes = new Set<SteppedProcess>();
  readonly #scheduler: Scheduler;
  readonly #batches = new Batches<Claim, EventResult>();
  readonly #clockLagMs: number;

  constructor(scheduler: Scheduler, index: number) {
    this.#scheduler = scheduler;
    this.#clockLagMs = scheduler.clockLagMs(index);
  }

  /** Applies a payment for its events together, in a process of its own. */
  readonly #joinPayment: NonNullable<EventDependencies["joinPayment"]> = (payment, claims) =>
    this.#batches.add(keyOf(payment), claims, (close) => {
      const { promise, resolve, reject } = Promise.withResolvers<EventResult>();
      const process = this.#scheduler.startShared(async (applying) => {
        try {
          resolve(await applyPayment(payment, close, this.#scheduler.dependencies(applying, this.#clockLagMs)));
        } catch (error) {
          reject(error);
          throw error;
        }
      });
      this.processes.add(process);
      return promise;
    });

  /** Delivers an event. For Stripe it is delivered once it gets a response. */
  async deliver(event: StoredEvent, isReplay = false): Promise<SteppedProcess> {
    const process = await this.#scheduler.start(async (delivering) => {
      const received = receivedEventSchema.parse(JSON.parse(JSON.stringify(event)));
      const dependencies: EventDependencies = {
        ...this.#scheduler.dependencies(delivering, this.#clockLagMs),
        joinPayment: (...args) => delivering.waitFor(this.#joinPayment(...args)),
      };
      if (received.kind === "event") await processEvent(received.event, dependencies, isReplay);
      await delivering.pause();
      event.pending_webhooks = 0;
    });
    this.processes.add(process);
    return process;
  }
}
