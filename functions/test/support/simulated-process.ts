import type { KeyedMutex } from "../../src/store/keyed-mutex.ts";
import { type SyncStore, syncStore } from "../../src/store/sync-store.ts";
import type { Connection } from "../../src/stripe/client.ts";

/** Thrown in a crashed process, so that nothing it would have done afterwards happens. */
export class CrashError extends Error {
  override readonly name = "CrashError";
}

/** A process whose steps are Stripe's responses and the calls to the store. It crashes after a given number of them. */
export class SimulatedProcess {
  /** Steps completed so far. */
  steps = 0;
  protected crashAfter: number;

  constructor(crashAfter = Infinity) {
    this.crashAfter = crashAfter;
  }

  get isCrashed(): boolean {
    return this.steps >= this.crashAfter;
  }

  /** Runs between two steps. Throws a CrashError if the process has crashed. */
  pause(): Promise<void> {
    return this.isCrashed ? Promise.reject(new CrashError()) : Promise.resolve();
  }

  async step<T>(run: () => Promise<T>): Promise<T> {
    await this.pause();
    const result = await run();
    this.steps += 1;
    if (this.isCrashed) throw new CrashError();
    return result;
  }

  /** Pauses before each request, and again before Stripe processes it. */
  connection({ request, ...connection }: Connection): Connection {
    return {
      ...connection,
      request: async (send) => {
        await this.pause();
        return request((stripe, asOf) => this.step(() => send(stripe, asOf)));
      },
    };
  }

  store(store: SyncStore = syncStore): SyncStore {
    const step = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) => {
      return (...args: Args): Promise<T> => this.step(() => call(...args));
    };
    return {
      ...store,
      applyAll: step(store.applyAll),
      assignMovement: step(store.assignMovement),
      claimEvent: step(store.claimEvent),
      countMissingPayouts: step(store.countMissingPayouts),
      countMovements: step(store.countMovements),
      countWithoutPayment: step(store.countWithoutPayment),
      endLease: step(store.endLease),
      eventStatuses: step(store.eventStatuses),
      franchiseeIds: step(store.franchiseeIds),
      interruptedEvents: step(store.interruptedEvents),
      movementsSince: step(store.movementsSince),
      openDeposits: step(store.openDeposits),
      paymentsOnBalance: step(store.paymentsOnBalance),
      quarantineEvent: step(store.quarantineEvent),
      readDeposits: step(store.readDeposits),
      readSyncState: step(store.readSyncState),
      recordFreshness: step(store.recordFreshness),
      releaseMovements: step(store.releaseMovements),
      saveDeposit: step(store.saveDeposit),
      saveMovements: step(store.saveMovements),
      saveState: step(store.saveState),
      setPayout: step(store.setPayout),
      sumMovements: step(store.sumMovements),
      takeLease: step(store.takeLease),
      unassignedMovements: step(store.unassignedMovements),
    };
  }
}

/**
 * A simulated process that pauses before each of its steps until it is advanced. Other things can happen between any
 * two steps, and it can crash at any of them.
 */
export class SteppedProcess extends SimulatedProcess {
  readonly #onError: (error: unknown) => void;
  #resume: (() => void) | undefined;
  /** Resolves when it pauses, waits or finishes. */
  #stopped = Promise.withResolvers<void>();
  #isFinished = false;
  #waits = 0;

  /** Starts a process, and waits until it pauses before its first step. */
  static async start(
    run: (process: SteppedProcess) => Promise<unknown>,
    onError: (error: unknown) => void,
  ): Promise<SteppedProcess> {
    const process = new SteppedProcess(run, onError);
    await process.#stopped.promise;
    return process;
  }

  constructor(run: (process: SteppedProcess) => Promise<unknown>, onError: (error: unknown) => void) {
    super();
    this.#onError = onError;
    void this.#run(run);
  }

  async #run(run: (process: SteppedProcess) => Promise<unknown>): Promise<void> {
    try {
      await run(this);
    } catch (error) {
      if (!(error instanceof CrashError)) this.#onError(error);
    }
    this.#isFinished = true;
    this.#stopped.resolve();
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  get isPaused(): boolean {
    return this.#resume !== undefined;
  }

  /** Whether it waits for another process. */
  get isWaiting(): boolean {
    return this.#waits > 0;
  }

  override async pause(): Promise<void> {
    if (!this.isCrashed) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        this.#stopped.resolve();
      });
    }
    await super.pause();
  }

  /** Waits for a result of another process. */
  async waitFor<T>(result: Promise<T>): Promise<T> {
    this.#waits += 1;
    this.#stopped.resolve();
    try {
      return await result;
    } finally {
      this.#waits -= 1;
      await this.pause();
    }
  }

  /** Lets it run until it pauses before its next step. */
  async advance(): Promise<void> {
    const resume = this.#resume;
    if (!resume) return;
    this.#stopped = Promise.withResolvers();
    this.#resume = undefined;
    resume();
    await this.#stopped.promise;
  }

  /** Crashes it where it is. */
  async crash(): Promise<void> {
    this.crashAfter = 0;
    await this.advance();
  }
}

/** The store with its own mutex, as each instance of a function has one. */
export function storeWith(mutex: KeyedMutex): SyncStore {
  return {
    ...syncStore,
    applyAll: (targets, context, event) => syncStore.applyAll(targets, context, event, mutex),
  };
}
