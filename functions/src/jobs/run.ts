import { paymentIdOf } from "../domain/ledger.ts";
import type { RecordDefaults } from "../domain/transaction.ts";
import { log } from "../log.ts";
import type { Target } from "../store/apply.ts";
import type { SyncFreshness } from "../store/franchisees.ts";
import { type FailedPayment, type Lease, LeaseLost, type Pass, type SyncState } from "../store/sync-state.ts";
import { type Books, CursorGone, openBooks, PAGE_SIZE } from "../stripe/books.ts";
import { isInaccessible } from "../stripe/client.ts";
import type { Reading } from "../stripe/payments.ts";
import { IncompleteSync, incompleteSync, OutOfTime, publicMessage } from "./failures.ts";
import { type LookedUp, lookUp, lookUpTheirs, unplaced } from "./look-up.ts";
import { movesWindow, partBehind, plan, restarted, stateAfter, unsettledQueries, walkSince } from "./plan.ts";
import { type Ledger, PLATFORM, type SyncOptions, type SyncParts } from "./parts.ts";
import { countOutcome, countSkipped, type SyncReport } from "./report.ts";

/** More than so many failed payments are not kept one by one: the run ends, and the walk is done again by the next. */
const MAX_FAILED = 500;

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
  readonly #failed = new Map<string, FailedPayment>();
  /** What a dry run has looked at. */
  readonly #seen = new Set<string>();
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
    const now = options.now();
    this.#pass = options.since ? walkSince(options.since, now) : (lease.state.pass ?? plan(lease.state, now));
    report.isResumed = !options.since && lease.state.pass !== null;
  }

  async toItsEnd(endsAt: number): Promise<void> {
    this.#endsAt = endsAt;
    const { from, to, isDeep } = this.#pass;
    Object.assign(this.#report, { isDeep, from: from.toISOString(), to: to.toISOString() });
    if (this.#options.since) {
      while (!this.#pass.isDrained) await this.#walkPage();
      await this.#end(this.#lease.state);
      if (this.#failed.size > 0) throw incompleteSync([...this.#failed.values()]);
      return;
    }
    try {
      await this.#retryFailed();
      while (!this.#pass.isDrained) await this.#walkPage();
    } catch (error) {
      // Whether Stripe knows this franchisee's records can still be told, as far as the platform sees them.
      if (isInaccessible(error) && this.#account !== null) await this.#lookUpUnsettled(this.#account, null);
      throw error;
    }
    await this.#lookUpMoved();
    if (this.#account !== null) await this.#lookUpUnsettled(this.#account, this.#own);
    await this.#endPass();
  }

  /** Says what went wrong where the portal shows it, and gives the lease back, as far as that is possible. */
  async tell(error: unknown): Promise<void> {
    // What is incomplete has been told; and whoever has taken over says how it goes.
    if (error instanceof IncompleteSync || error instanceof LeaseLost) return;
    const at = this.#options.now();
    try {
      // First of all, so that a run which has been overtaken says nothing.
      await this.#end(this.#lease.state);
      // A walk apart says nothing about how complete the ledger is.
      if (!this.#options.since)
        await this.#tellFreshness({ lastRunAt: at, error: { at, message: publicMessage(error) } });
    } catch (secondError) {
      log.error("stripe sync could not tell of its failure", secondError, { scope: this.#report.scope });
    }
  }

  async #endPass(): Promise<void> {
    const { state } = this.#lease;
    const failed = [...this.#failed.values()];
    const at = this.#options.now();
    const complete = { completeUntil: this.#pass.to, lastRunAt: at, error: null };
    await this.#end(
      failed.length > MAX_FAILED ? { ...state, pass: null, failed: [] } : stateAfter(this.#pass, state, failed),
    );
    if (failed.length === 0) {
      await this.#tellFreshness(complete);
      return;
    }
    const error = incompleteSync(failed);
    const incomplete = { lastRunAt: at, error: { at, message: publicMessage(error) } };
    // Those whose payments have all been taken over have everything.
    const affected = new Set(failed.map(({ franchiseeId }) => franchiseeId));
    const affectsAll = affected.has(null) || failed.length > MAX_FAILED;
    await this.#tellFreshness((id) => (affectsAll || affected.has(id) ? incomplete : complete));
    throw error;
  }

  /** What earlier runs could not take over. */
  async #retryFailed(): Promise<void> {
    const failed = unplaced(this.#lease.state.failed.map(({ stripePaymentId }) => stripePaymentId));
    const places = { own: this.#own, platform: this.#platform };
    for (let start = 0; start < failed.length; start += PAGE_SIZE) {
      const page = failed.slice(start, start + PAGE_SIZE);
      const { readings } = this.#failuresOf(
        await (this.#account === null ? lookUp(this.#own, page, null) : lookUpTheirs(this.#account, places, page)),
      );
      await this.#apply(readings.flatMap((reading) => this.#targetOf(reading)));
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
    this.#fail(page.failures.map((failure) => ({ ...failure, franchiseeId: this.#account })));
    const { readings } = this.#failuresOf(await lookUp(this.#own, unplaced(page.lookUps), this.#account));
    await this.#apply([...page.readings, ...readings].flatMap((reading) => this.#targetOf(reading)));
    this.#pass = { ...this.#pass, cursor: page.cursor, isDrained: page.cursor === null };
    this.#options.onProgress?.(page.reached && page.cursor !== null ? partBehind(this.#pass, page.reached) : 1);
    if (page.reached) await this.#save();
  }

  /** Refunds and disputes of payments too old to be in the walk. */
  async #lookUpMoved(): Promise<void> {
    const window = movesWindow(this.#pass, this.#lease.state);
    if (!window) return;
    const moved = await this.#own.movedPayments(window, this.#pass.from);
    while (this.#pass.movedBehind < moved.length) {
      const end = this.#pass.movedBehind + PAGE_SIZE;
      const page = unplaced(moved.slice(this.#pass.movedBehind, end));
      const { readings } = this.#failuresOf(await lookUp(this.#own, page, this.#account));
      await this.#apply(readings.flatMap((reading) => this.#targetOf(reading)));
      this.#pass = { ...this.#pass, movedBehind: end };
      await this.#save();
    }
  }

  async #lookUpUnsettled(franchiseeId: string, own: Books | null): Promise<void> {
    const { watermark } = await this.#ledger.readSyncState(PLATFORM);
    this.#report.firestoreReads += 1;
    const hasPlatformBeenWalked = watermark !== null || this.#options.isDryRun === true;
    for (const query of unsettledQueries(this.#pass, this.#options.now(), hasPlatformBeenWalked)) {
      // A query that finds nothing is a read all the same.
      this.#report.firestoreReads += 1;
      for await (const page of this.#ledger.unsettled(franchiseeId, query)) {
        this.#report.firestoreReads += page.length;
        const payments = page.filter(({ stripePaymentId }) => !this.#seen.has(stripePaymentId));
        const asOf = this.#options.now();
        const { readings, absent } = this.#failuresOf(
          await lookUpTheirs(franchiseeId, { own, platform: this.#platform }, payments),
        );
        await this.#apply([
          ...readings.flatMap((reading) => this.#targetOf(reading)),
          ...absent.map((stripePaymentId): Target => {
            return { franchiseeId, observation: { kind: "absence", stripePaymentId, asOf } };
          }),
        ]);
        await this.#save();
      }
    }
  }

  #failuresOf(lookedUp: LookedUp): LookedUp {
    this.#fail(lookedUp.failures);
    return lookedUp;
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
      const { franchiseeId, observation } = outcome.target;
      const stripePaymentId = paymentIdOf(observation);
      if (this.#options.isDryRun === true) this.#seen.add(stripePaymentId);
      if ("unreadable" in outcome) this.#fail([{ stripePaymentId, franchiseeId, reason: outcome.unreadable.message }]);
    }
  }

  #fail(failures: readonly FailedPayment[]): void {
    for (const failure of failures) this.#failed.set(failure.stripePaymentId, failure);
  }

  /** Saves how far the pass has come, and ends the run when its time is up. */
  async #save(): Promise<void> {
    this.#report.firestoreWrites += 1;
    const { state } = this.#lease;
    const failed = [...this.#failed.values()];
    const next = this.#options.since ? state : { ...state, pass: this.#pass, failed };
    this.#lease = await this.#ledger.saveState(this.#lease, next, this.#options.now());
    if (!this.#options.since && failed.length > MAX_FAILED) await this.#endPass();
    if (performance.now() > this.#endsAt)
      throw new OutOfTime("The sync has taken as long as it may; it goes on later.");
  }

  async #end(state: SyncState): Promise<void> {
    this.#report.firestoreWrites += 1;
    this.#lease = await this.#ledger.endLease(this.#lease, state);
  }

  /** Tells all whom the scope concerns the same, or each their own. */
  async #tellFreshness(freshness: SyncFreshness | ((franchiseeId: string) => SyncFreshness)): Promise<void> {
    const franchisees = this.#account === null ? await this.#ledger.franchiseeIds() : [this.#account];
    if (this.#account === null) this.#report.firestoreReads += franchisees.length;
    this.#report.firestoreWrites += franchisees.length;
    await this.#ledger.recordFreshness(
      this.#account === null ? "platform" : "account",
      franchisees.map((id) => [id, typeof freshness === "function" ? freshness(id) : freshness]),
    );
  }
}
