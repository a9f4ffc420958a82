import { paymentIdOf } from "../domain/observation.ts";
import { log } from "../log.ts";
import type { Target } from "../store/apply.ts";
import type { SyncFreshness } from "../store/franchisees.ts";
import { type Lease, LeaseLostError, type Pass, type SyncState } from "../store/sync-state.ts";
import { type AccountReader, CursorGoneError, openAccountReader, PAGE_SIZE } from "../stripe/account-reader.ts";
import { isInaccessible } from "../stripe/client.ts";
import { FailedPayments } from "./failed-payments.ts";
import { affectedBy, IncompleteSyncError, incompleteSync, TimeLimitError, publicMessage } from "./failures.ts";
import type { Unsettled } from "../store/transactions.ts";
import { type FetchedPayments, lookUp, fetchForAccounts, unplaced } from "./fetch-payments.ts";
import { fillGaps } from "./undelivered-events.ts";
import { lagSeconds, partBehind, restarted, stateAfter, stateUnread } from "./charge-scan.ts";
import { movesWindow, plan, unsettledQueries, walkSince } from "./sync-window.ts";
import { PLATFORM, type SyncOptions, type SyncParts } from "./dependencies.ts";
import { countGaps, countOutcome, countSkipped, type SyncReport } from "./report.ts";
import { absencesOf, sharedSince, targetsOf } from "./observations.ts";

/** One run of the sync, from its lease to its end. */
export class Run {
  readonly #parts: SyncParts;
  readonly #options: SyncOptions & { now: () => Date };
  readonly #report: SyncReport;
  /** Null for the platform. */
  readonly #account: string | null;
  readonly #own: AccountReader;
  readonly #platform: AccountReader;
  readonly #failed: FailedPayments;
  /** By a dry run. */
  readonly #seen = new Set<string>();
  #lease: Lease;
  #pass: Pass;
  #endsAt = Infinity;

  constructor(parts: SyncParts, options: SyncOptions & { now: () => Date }, report: SyncReport, lease: Lease) {
    this.#parts = parts;
    this.#options = options;
    this.#report = report;
    this.#account = report.scope === PLATFORM ? null : report.scope;
    this.#own = openAccountReader(parts.connection, this.#account, options.pageSize);
    this.#platform = openAccountReader(parts.connection, null, options.pageSize);
    this.#lease = lease;
    const now = options.now();
    this.#pass = options.since ? walkSince(options.since, now) : (lease.state.pass ?? plan(lease.state, now));
    report.isResumed = !options.since && lease.state.pass !== null;
    this.#failed = new FailedPayments(options.since ? [] : lease.state.failed);
  }

  async toItsEnd(endsAt: number): Promise<void> {
    this.#endsAt = endsAt;
    const { from, to, isDeep } = this.#pass;
    Object.assign(this.#report, { isDeep, from: from.toISOString(), to: to.toISOString() });
    if (this.#options.since) {
      while (!this.#pass.isDrained) await this.#walkPage();
      await this.#end(this.#lease.state);
      const failed = this.#failed.all();
      if (failed.length > 0) throw incompleteSync(failed);
      return;
    }
    try {
      await this.#retryFailed();
      while (!this.#pass.isDrained) await this.#walkPage();
      await this.#lookUpMoved();
      await this.#fillGaps();
      if (this.#account !== null) await this.#lookUpUnsettled(this.#account, this.#own);
    } catch (error) {
      if (isInaccessible(error) && this.#account !== null) await this.#lookUpFromOutside(this.#account);
      throw error;
    }
    await this.#endPass();
  }

  /** Whether Stripe knows the records of an account that cannot be read can still be told, as far as the platform sees. */
  async #lookUpFromOutside(account: string): Promise<void> {
    await this.#lookUpUnsettled(account, null);
    const state = stateUnread(this.#pass, this.#lease.state, this.#report.isResumed);
    this.#lease = { ...this.#lease, state };
  }

  /** Says what went wrong where the portal shows it, and gives the lease back, as far as that is possible. */
  async tell(error: unknown): Promise<void> {
    // What is incomplete has been told; and whoever has taken over says how it goes.
    if (error instanceof IncompleteSyncError || error instanceof LeaseLostError) return;
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
    const failed = this.#failed.all();
    const at = this.#options.now();
    const complete = { completeUntil: this.#pass.to, lastRunAt: at, error: null };
    const isOverflow = this.#failed.isOverflowing();
    // What the walk that has to be done again finds again is not kept; what is older is.
    const kept = this.#failed.stillFailed();
    await this.#end(isOverflow ? { ...state, pass: null, failed: kept } : stateAfter(this.#pass, state, failed));
    if (failed.length === 0) {
      await this.#tellFreshness(complete);
      return;
    }
    const error = incompleteSync(failed);
    const incomplete = { lastRunAt: at, error: { at, message: publicMessage(error) } };
    // Those whose payments have all been taken over have everything.
    const isAffected = affectedBy(failed);
    await this.#tellFreshness((id) => (isOverflow || isAffected(id) ? incomplete : complete));
    throw error;
  }

  /** What earlier runs could not take over. */
  async #retryFailed(): Promise<void> {
    const ids = [...this.#failed.remembered];
    for (let start = 0; start < ids.length; start += PAGE_SIZE) {
      const page = ids.slice(start, start + PAGE_SIZE);
      const lookedUp = await (this.#account === null
        ? this.#lookUp(page)
        : this.#fetchForAccounts(this.#account, this.#own, unplaced(page)));
      // Those that fail again come back at once.
      for (const id of page) this.#failed.delete(id);
      await this.#applyLookedUp(lookedUp, this.#account);
      await this.#save();
    }
  }

  #lookUp = (ids: readonly string[]): Promise<FetchedPayments> =>
    lookUp(this.#own, unplaced(ids), this.#account, this.#options.now());

  #fetchForAccounts(
    franchiseeId: string,
    own: AccountReader | null,
    payments: readonly Unsettled[],
  ): Promise<FetchedPayments> {
    return fetchForAccounts(franchiseeId, { own, platform: this.#platform }, payments, this.#options.now());
  }

  async #walkPage(): Promise<void> {
    const { cursor } = this.#pass;
    const page = await this.#own.chargesPage(this.#pass, cursor).catch((error: unknown) => {
      if (!(error instanceof CursorGoneError) || cursor === null) throw error;
      log.warn("stripe sync starts its walk again", { scope: this.#report.scope, reason: error.message });
      return null;
    });
    if (!page) {
      this.#pass = restarted(this.#pass);
      return;
    }
    this.#report.pages += 1;
    countSkipped(this.#report, "no payment of its own", page.skipped);
    this.#failed.add(page.failures.map((failure) => ({ ...failure, franchiseeId: this.#account })));
    const lookedUp = await this.#lookUp(page.lookUps);
    await this.#applyLookedUp({ ...lookedUp, readings: [...page.readings, ...lookedUp.readings] }, null);
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
      await this.#applyLookedUp(await this.#lookUp(moved.slice(this.#pass.movedBehind, end)), null);
      this.#pass = { ...this.#pass, movedBehind: end };
      await this.#save();
    }
  }

  /** What no webhook brought: what happened to payments too old to be in the walk, and is no refund and no dispute. */
  async #fillGaps(): Promise<void> {
    for await (const page of fillGaps(this.#parts, this.#account, this.#lease.state, this.#options.now)) {
      countGaps(this.#report, page);
      this.#failed.add(page.failures);
      if (page.undelivered + page.intakes.length > 0) await this.#save();
    }
  }

  async #lookUpUnsettled(franchiseeId: string, own: AccountReader | null): Promise<void> {
    const { watermark } = await this.#parts.ledger.readSyncState(PLATFORM);
    this.#report.firestoreReads += 1;
    const hasPlatformBeenWalked = watermark !== null || this.#options.isDryRun === true;
    for (const query of unsettledQueries(this.#pass, this.#options.now(), hasPlatformBeenWalked)) {
      // A query that finds nothing is a read all the same.
      this.#report.firestoreReads += 1;
      for await (const page of this.#parts.ledger.unsettled(franchiseeId, query)) {
        this.#report.firestoreReads += page.length;
        const payments = page.filter(({ stripePaymentId }) => !this.#seen.has(stripePaymentId));
        await this.#applyLookedUp(await this.#fetchForAccounts(franchiseeId, own, payments), franchiseeId);
        await this.#save();
      }
    }
  }

  /** With a franchisee, that Stripe does not know a payment as theirs is news of its own. */
  async #applyLookedUp(lookedUp: FetchedPayments, franchiseeId: string | null): Promise<void> {
    this.#failed.add(lookedUp.failures);
    this.#failed.add(await sharedSince(lookedUp.readings, this.#parts.ledger));
    const absences = franchiseeId === null ? [] : absencesOf(lookedUp, franchiseeId);
    await this.#apply([...targetsOf(lookedUp.readings, this.#report), ...absences]);
  }

  /** Commits what was read, and remembers what could not be taken over. */
  async #apply(targets: readonly Target[]): Promise<void> {
    if (targets.length === 0) return;
    const context = { now: this.#options.now(), defaults: this.#parts.defaults };
    const { outcomes, reads, writes } = await this.#parts.ledger.applyAll(targets, context);
    this.#report.firestoreReads += reads;
    this.#report.firestoreWrites += writes;
    for (const outcome of outcomes) {
      countOutcome(this.#report, outcome);
      this.#options.onOutcome?.(outcome);
      const { franchiseeId } = outcome.target;
      const stripePaymentId = paymentIdOf(outcome.target.observation);
      if (this.#options.isDryRun) this.#seen.add(stripePaymentId);
      if ("unreadable" in outcome)
        this.#failed.add([{ stripePaymentId, franchiseeId, reason: outcome.unreadable.message }]);
    }
  }

  /** Saves how far the pass has come, and ends the run when its time is up. */
  async #save(): Promise<void> {
    this.#report.firestoreWrites += 1;
    const { state } = this.#lease;
    const next = this.#options.since ? state : { ...state, pass: this.#pass, failed: this.#failed.all() };
    this.#lease = await this.#parts.ledger.saveState(this.#lease, next, this.#options.now());
    if (!this.#options.since && this.#failed.isOverflowing()) await this.#endPass();
    if (performance.now() > this.#endsAt) throw new TimeLimitError();
  }

  async #end(state: SyncState): Promise<void> {
    this.#report.firestoreWrites += 1;
    this.#lease = await this.#parts.ledger.endLease(this.#lease, state);
    this.#report.lagSeconds = lagSeconds(state, this.#options.now());
  }

  /** Tells all whom the scope concerns the same, or each their own. */
  async #tellFreshness(freshness: SyncFreshness | ((franchiseeId: string) => SyncFreshness)): Promise<void> {
    const franchisees = this.#account === null ? await this.#parts.ledger.franchiseeIds() : [this.#account];
    if (this.#account === null) this.#report.firestoreReads += franchisees.length;
    this.#report.firestoreWrites += franchisees.length;
    await this.#parts.ledger.recordFreshness(
      this.#account === null ? "platform" : "account",
      franchisees.map((id) => [id, typeof freshness === "function" ? freshness(id) : freshness]),
    );
  }
}
