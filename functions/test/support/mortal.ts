import { askForPayments, type EventLedger, type IntakeParts } from "../../src/jobs/process-event.ts";
import { ledger } from "../../src/jobs/ledger.ts";
import type { Ledger } from "../../src/jobs/dependencies.ts";
import type { Connection } from "../../src/stripe/client.ts";
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

  eventLedger(): EventLedger {
    return {
      isFranchisee: ledger.isFranchisee,
      claimEvent: (...args) => this.step(() => ledger.claimEvent(...args)),
      quarantineEvent: (...args) => this.step(() => ledger.quarantineEvent(...args)),
      applyAll: (...args) => this.step(() => ledger.applyAll(...args)),
    };
  }

  syncLedger(): Ledger {
    return {
      ...this.eventLedger(),
      takeLease: (...args) => this.step(() => ledger.takeLease(...args)),
      saveState: (...args) => this.step(() => ledger.saveState(...args)),
      endLease: (...args) => this.step(() => ledger.endLease(...args)),
      readSyncState: (...args) => this.step(() => ledger.readSyncState(...args)),
      unsettled: ledger.unsettled,
      withFacts: ledger.withFacts,
      eventStatuses: ledger.eventStatuses,
      interruptedEvents: ledger.interruptedEvents,
      franchiseeIds: () => this.step(() => ledger.franchiseeIds()),
      recordFreshness: (...args) => this.step(() => ledger.recordFreshness(...args)),
    };
  }

  /** What takes events in, as the webhook does. */
  intake(to: Connection): IntakeParts {
    const connection = this.connection(to);
    const payment = askForPayments(connection);
    return { ledger: this.eventLedger(), connection, payment, defaults: DEFAULTS, now: () => new Date() };
  }
}
