import type { DecisionContext } from "../domain/ledger.ts";
import type { RecordDefaults } from "../domain/transaction.ts";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import type { Applied, Outcome, Target } from "../store/apply.ts";
import type { SyncFreshness, SyncSide } from "../store/franchisees.ts";
import { type Lease, LeaseLost, type Pass, type SyncState } from "../store/sync-state.ts";
import type { Unsettled } from "../store/transactions.ts";
import { type Books, CursorGone, openBooks, PAGE_SIZE } from "../stripe/books.ts";
import { type Connection, StripeFailure } from "../stripe/client.ts";
import type { Reading } from "../stripe/payments.ts";
import { type LookedUp, lookUp, lookUpTheirs } from "./look-up.ts";
import {
  movesWindow,
  partBehind,
  plan,
  restarted,
  stateAfter,
  unsettledQueries,
  type UnsettledQuery,
  withFailures,
} from "./plan.ts";
import { countOutcome, countSkipped, type SyncReport } from "./report.ts";

/** The scope of what is charged on the platform's own account. The other scopes are connected accounts. */
export const PLATFORM = "platform";

/** What a sync does in Firestore. */
export interface Ledger {
  takeLease: (scope: string, owner: string, now: Date) => Promise<Lease | null>;
  saveState: (lease: Lease, state: SyncState, now: Date) => Promise<Lease>;
  endLease: (lease: Lease, state: SyncState) => Promise<Lease>;
  readSyncState: (scope: string) => Promise<SyncState>;
  applyAll: (targets: readonly Target[], context: DecisionContext) => Promise<Applied>;
  unsettled: (franchiseeId: string, query: UnsettledQuery) => AsyncIterable<readonly Unsettled[]>;
  franchiseeIds: () => Promise<string[]>;
  recordFreshness: (franchisees: readonly string[], side: SyncSide, freshness: SyncFreshness) => Promise<void>;
}

export interface SyncParts {
  ledger: Ledger;
  connection: Connection;
  defaults: RecordDefaults;
}

export interface SyncOptions {
  /** Who runs it. A task that is tried again keeps its name, and so its lease. */
  owner: string;
  /** Walk what was created since then, whatever was walked before. */
  since?: Date;
  now?: () => Date;
  timeLimitMs?: number;
  pageSize?: number;
  onOutcome?: (outcome: Outcome) => void;
  /** How much of the walk is behind, 0 to 1. */
  onProgress?: (part: number) => void;
}

/** Some payments could not be taken over. All others were, and these are tried again by the next run. */
export class IncompleteSync extends Error {
  override readonly name = "IncompleteSync";
}

/** The run has taken as long as it may. It goes on where it stopped when it is tried again. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/** One run of the sync, from its lease to its end. */
export class Run {
  readonly #ledger: Ledger;
  readonly #options: SyncOptions & { now: () => Date };
  readonly #report: SyncReport;
  readonly #defaults: RecordDefaults;
  /** Null for the platform. */
  readonly #account: string | null;
  readonly #own: Books;
  readonly #platform: Books;
  #lease: Lease;
  #pass: Pass;
  /** On the clock of `performance.now()`. */
  #endsAt = Infinity;

  constructor(parts: SyncParts, options: SyncOptions & { now: () => Date }, report: SyncReport, lease: Lease) {
    this.#ledger = parts.ledger;
    this.#options = options;
    this.#report = report;
    this.#defaults = parts.defaults;
    this.#account = report.scope === PLATFORM ? null : report.scope;
    this.#own = openBooks(parts.connection, this.#account, options.pageSize);
    this.#platform = openBooks(parts.connection, null, options.pageSize);
    this.#lease = lease;
    const begun = options.since === undefined ? lease.state.pass : null;
    this.#pass = begun ?? plan(lease.state, options.now(), options.since);
  }

  async toItsEnd(endsAt: number): Promise<void> {
    this.#endsAt = endsAt;
    const { from, to, isDeep } = this.#pass;
    Object.assign(this.#report, { isDeep, from: from.toISOString(), to: to.toISOString() });

    while (!this.#pass.isDrained) await this.#walkPage();
    await this.#lookUpMoved();
    if (this.#account !== null) await this.#lookUpUnsettled(this.#account);

    const { count, reasons } = this.#pass.failures;
    if (count > 0) {
      // The whole walk is done again: one that begins at the watermark cannot miss what failed.
      this.#lease = { ...this.#lease, state: { ...this.#lease.state, pass: null } };
      throw new IncompleteSync(`${count} payments could not be taken over: ${reasons.join("; ")}`);
    }
    await this.#tellFreshness({ completeUntil: to, lastRunAt: this.#options.now(), error: null });
    await this.#end(stateAfter(this.#pass, this.#lease.state));
  }

  /** Says what went wrong where the portal shows it, and gives the lease back, as far as that is possible. */
  async tell(error: unknown): Promise<void> {
    // Whoever has taken over says how it goes.
    if (error instanceof LeaseLost) return;
    const at = this.#options.now();
    try {
      await this.#tellFreshness({ lastRunAt: at, error: { at, message: publicMessage(error) } });
      await this.#end(this.#lease.state);
    } catch (secondError) {
      log.error("stripe sync could not tell of its failure", secondError, { scope: this.#report.scope });
    }
  }

  async #walkPage(): Promise<void> {
    const { cursor } = this.#pass;
    const page = await this.#own.chargesPage(this.#pass, cursor).catch((error: unknown) => {
      if (!(error instanceof CursorGone) || cursor === null) throw error;
      log.warn("stripe sync starts its walk again", { scope: this.#report.scope, reason: error.message });
      return null;
    });
    if (!page) {
      this.#pass = restarted(this.#pass);
      return;
    }
    this.#report.pages += 1;
    countSkipped(this.#report, "no payment of its own", page.skipped);
    this.#fail(page.failures);
    const lookedUp = await lookUp(this.#own, page.lookUps);
    await this.#apply([...page.readings, ...this.#readingsOf(lookedUp)].flatMap((reading) => this.#targetOf(reading)));
    this.#pass = { ...this.#pass, cursor: page.cursor, isDrained: page.cursor === null };
    this.#options.onProgress?.(page.reached && page.cursor !== null ? partBehind(this.#pass, page.reached) : 1);
    if (page.reached) await this.#save();
  }

  /** Refunds and disputes since the last run, of payments too old to be in the walk. */
  async #lookUpMoved(): Promise<void> {
    const window = movesWindow(this.#pass, this.#lease.state);
    if (!window) return;
    const moved = await this.#own.movedPayments(window, this.#pass.from);
    for (let start = 0; start < moved.length; start += PAGE_SIZE) {
      const lookedUp = await lookUp(this.#own, moved.slice(start, start + PAGE_SIZE));
      await this.#apply(this.#readingsOf(lookedUp).flatMap((reading) => this.#targetOf(reading)));
      await this.#save();
    }
  }

  async #lookUpUnsettled(franchiseeId: string): Promise<void> {
    const { watermark } = await this.#ledger.readSyncState(PLATFORM);
    this.#report.firestoreReads += 1;
    for (const query of unsettledQueries(this.#pass, this.#options.now(), watermark !== null)) {
      // A query that finds nothing is a read all the same.
      this.#report.firestoreReads += 1;
      for await (const payments of this.#ledger.unsettled(franchiseeId, query)) {
        this.#report.firestoreReads += payments.length;
        const asOf = this.#options.now();
        const lookedUp = await lookUpTheirs(franchiseeId, { own: this.#own, platform: this.#platform }, payments);
        const absent = payments.filter((_payment, index) => isAbsent(lookedUp[index]));
        await this.#apply([
          ...this.#readingsOf(lookedUp).flatMap((reading) => this.#targetOf(reading)),
          ...absent.map(({ stripePaymentId }): Target => {
            return { franchiseeId, observation: { kind: "absence", stripePaymentId, asOf } };
          }),
        ]);
        await this.#save();
      }
    }
  }

  #readingsOf(lookedUp: readonly LookedUp[]): Reading[] {
    this.#fail(lookedUp.flatMap((one) => ("failure" in one ? [one.failure] : [])));
    return lookedUp.flatMap((one) => ("reading" in one && one.reading ? [one.reading] : []));
  }

  #targetOf(reading: Reading): Target[] {
    if (reading.kind === "unrouted") {
      countSkipped(this.#report, reading.reason);
      return [];
    }
    const { franchiseeId, stripePaymentId, facts } = reading;
    return [{ franchiseeId, observation: { kind: "facts", stripePaymentId, facts } }];
  }

  /** Commits what was read, and remembers what could not be taken over. */
  async #apply(targets: readonly Target[]): Promise<void> {
    if (targets.length === 0) return;
    const context = { now: this.#options.now(), defaults: this.#defaults };
    const { outcomes, reads, writes } = await this.#ledger.applyAll(targets, context);
    this.#report.firestoreReads += reads;
    this.#report.firestoreWrites += writes;
    for (const outcome of outcomes) {
      countOutcome(this.#report, outcome);
      this.#options.onOutcome?.(outcome);
    }
    this.#fail(outcomes.flatMap((outcome) => ("unreadable" in outcome ? [outcome.unreadable.message] : [])));
  }

  #fail(reasons: readonly string[]): void {
    if (reasons.length > 0) this.#pass = withFailures(this.#pass, reasons);
  }

  /** Saves how far the pass has come, and ends the run when its time is up. */
  async #save(): Promise<void> {
    this.#report.firestoreWrites += 1;
    const state = { ...this.#lease.state, pass: this.#pass };
    this.#lease = await this.#ledger.saveState(this.#lease, state, this.#options.now());
    if (performance.now() > this.#endsAt)
      throw new OutOfTime("The sync has taken as long as it may; it goes on later.");
  }

  async #end(state: SyncState): Promise<void> {
    this.#report.firestoreWrites += 1;
    this.#lease = await this.#ledger.endLease(this.#lease, state);
  }

  async #tellFreshness(freshness: SyncFreshness): Promise<void> {
    const franchisees = this.#account === null ? await this.#ledger.franchiseeIds() : [this.#account];
    if (this.#account === null) this.#report.firestoreReads += franchisees.length;
    this.#report.firestoreWrites += franchisees.length;
    await this.#ledger.recordFreshness(franchisees, this.#account === null ? "platform" : "account", freshness);
  }
}

function isAbsent(lookedUp: LookedUp | undefined): boolean {
  return lookedUp !== undefined && "reading" in lookedUp && lookedUp.reading === null;
}

/** What a franchisee may read of a failure. */
function publicMessage(error: unknown): string {
  if (error instanceof StripeFailure || error instanceof OutOfTime) return error.message;
  if (error instanceof IncompleteSync) return "Some payments could not be taken over; the operator's log names them.";
  if (error instanceof AppError && error.code === "unavailable") return "The database could not be reached.";
  return "The sync failed; the operator's log says why.";
}
