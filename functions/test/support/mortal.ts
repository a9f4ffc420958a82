import type { EventDependencies } from "../../src/jobs/events/process-event.ts";
import type { KeyedMutex } from "../../src/store/keyed-mutex.ts";
import { type SyncStore, syncStore } from "../../src/store/sync-store.ts";
import type { Connection } from "../../src/stripe/client.ts";
import { paymentFetcher } from "../../src/stripe/payment-fetcher.ts";
import { DEFAULTS } from "./records.ts";

/** The process is gone: whatever it does after its last step, nothing of it happens. */
export class KilledError extends Error {
  override readonly name = "KilledError";
}

/** Counts the steps of somebody's work: each of Stripe's answers, each commit. They die after the last. */
export class Life {
  steps = 0;
  readonly #last: number;

  constructor(last = Infinity) {
    this.#last = last;
  }

  async step<T>(take: () => Promise<T>): Promise<T> {
    if (this.steps >= this.#last) throw new KilledError();
    const taken = await take();
    this.steps += 1;
    if (this.steps >= this.#last) throw new KilledError();
    return taken;
  }

  connection({ request, ...connection }: Connection): Connection {
    return { ...connection, request: (question) => this.step(() => request(question)) };
  }

  /** Instances of the functions have a mutex each. */
  store(mutex?: KeyedMutex): SyncStore {
    const step = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) => {
      return (...args: Args): Promise<T> => this.step(() => call(...args));
    };
    return {
      ...syncStore,
      applyAll: step((targets, context, event) => syncStore.applyAll(targets, context, event, mutex)),
      claimEvent: step(syncStore.claimEvent),
      endLease: step(syncStore.endLease),
      franchiseeIds: step(syncStore.franchiseeIds),
      quarantineEvent: step(syncStore.quarantineEvent),
      readSyncState: step(syncStore.readSyncState),
      recordFreshness: step(syncStore.recordFreshness),
      saveState: step(syncStore.saveState),
      takeLease: step(syncStore.takeLease),
    };
  }

  /** What processes events as the webhook does. */
  eventDependencies(to: Connection, mutex?: KeyedMutex): EventDependencies {
    const connection = this.connection(to);
    const fetchPayment = paymentFetcher(connection);
    return { store: this.store(mutex), connection, fetchPayment, defaults: DEFAULTS, now: () => new Date() };
  }
}
