import { paymentIdOf } from "../../domain/observation.ts";
import type { RecordDefaults } from "../../domain/transaction.ts";
import { log } from "../../log.ts";
import type { Outcome, Target } from "../../store/apply.ts";
import { chunksOf } from "../../store/firestore.ts";
import type { SyncFreshness } from "../../store/franchisees.ts";
import {
  type BalanceState,
  type Lease,
  LeaseLostError,
  PLATFORM,
  type Scan,
  type SyncState,
} from "../../store/sync-state.ts";
import type { SyncStore } from "../../store/sync-store.ts";
import type { Unsettled } from "../../store/transactions.ts";
import { type AccountReader, CursorGoneError, openAccountReader } from "../../stripe/account-reader.ts";
import { type Connection, isInaccessible } from "../../stripe/client.ts";
import { PAGE_SIZE } from "../../stripe/lists.ts";
import type { CheckedBalance } from "../../store/balance-documents.ts";
import { processUndelivered } from "../events/undelivered-events.ts";
import { syncBalance } from "./balance-sync.ts";
import { affectedBy, FailedPayments, IncompleteSyncError, publicMessage, TimeLimitError } from "./failures.ts";
import {
  absencesOf,
  type FetchedPayments,
  fetchForFranchisee,
  fetchFrom,
  sharedSince,
  targetsOf,
  withoutMode,
} from "./fetch-payments.ts";
import { countEvents, countOutcome, countSkipped, type SyncReport } from "./report.ts";
import {
  eventsSince,
  lagSeconds,
  planScan,
  progressOf,
  restarted,
  scanSince,
  stateAfter,
  stateInaccessible,
  unsettledQueries,
  updatesWindow,
} from "./sync-window.ts";

export interface SyncDependencies {
  store: SyncStore;
  connection: Connection;
  defaults: RecordDefaults;
}

export interface SyncOptions {
  /** A retried task keeps its owner, and so its lease. */
  owner: string;
  /**
   * Scans the charges created since then, without changing the stored state: neither watermark nor scan in progress.
   */
  since?: Date;
  /** The store writes nothing, so it does not know what was applied earlier in the run. */
  isDryRun?: boolean;
  now?: () => Date;
  timeLimitMs?: number;
  pageSize?: number;
  onOutcome?: (outcome: Outcome) => void;
  /** The completed part of the scan, 0 to 1. */
  onProgress?: (part: number) => void;
}

export class SyncRun {
  readonly #dependencies: SyncDependencies;
  readonly #options: SyncOptions & { now: () => Date };
  readonly #report: SyncReport;
  /** Null for the platform. */
  readonly #account: string | null;
  readonly #own: AccountReader;
  readonly #platform: AccountReader;
  readonly #failed: FailedPayments;
  /** Payments that a dry run has decided on. */
  readonly #seen = new Set<string>();
  #lease: Lease;
  #scan: Scan;
  #endsAt = Infinity;

  constructor(
    dependencies: SyncDependencies,
    options: SyncOptions & { now: () => Date },
    report: SyncReport,
    lease: Lease,
  ) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#report = report;
    this.#account = report.scope === PLATFORM ? null : report.scope;
    this.#own = openAccountReader(dependencies.connection, this.#account, options.pageSize);
    this.#platform = openAccountReader(dependencies.connection, null, options.pageSize);
    this.#lease = lease;
    const now = options.now();
    this.#scan = options.since ? scanSince(options.since, now) : (lease.state.scan ?? planScan(lease.state, now));
    report.isResumed = !options.since && (lease.state.scan !== null || lease.state.balances.scan !== null);
    this.#failed = new FailedPayments(options.since ? [] : lease.state.failed);
  }

  async complete(endsAt: number): Promise<void> {
    this.#endsAt = endsAt;
    const { from, to, isRescan } = this.#scan;
    Object.assign(this.#report, { isDeep: isRescan, from: from.toISOString(), to: to.toISOString() });
    if (this.#options.since) {
      while (!this.#scan.chargesDone) await this.#scanPage();
      await this.#releaseLease(this.#lease.state);
      const failed = this.#failed.all();
      if (failed.length > 0) throw new IncompleteSyncError(failed);
      return;
    }
    try {
      await this.#retryFailed();
      while (!this.#scan.chargesDone) await this.#scanPage();
      await this.#fetchUpdated();
      await this.#processUndelivered();
      if (this.#account !== null) await this.#fetchUnsettled(this.#account, this.#own);
    } catch (error) {
      if (isInaccessible(error) && this.#account !== null) await this.#fetchFromPlatformOnly(this.#account);
      throw error;
    }
    if (this.#account === null || this.#options.isDryRun) return this.#finish(null);
    try {
      await this.#finish(await this.#syncBalance(this.#account));
    } catch (error) {
      // The payments are complete, whatever became of the balance.
      if (!(error instanceof LeaseLostError) && !(error instanceof IncompleteSyncError)) await this.#completeScan();
      throw error;
    }
  }

  /** Compares the account's movements with its balance. A run with more failed payments than fit ends before. */
  async #syncBalance(account: string): Promise<CheckedBalance | null> {
    if (this.#failed.isOverflowing()) return null;
    const { store, connection } = this.#dependencies;
    const { state, checked } = await syncBalance(this.#lease.state.balances, {
      account,
      connection,
      store,
      now: this.#options.now,
      pageSize: this.#options.pageSize,
      report: this.#report,
      save: async (balances) => {
        this.#keep(balances);
        await this.#save();
      },
      refresh: async (payments) => {
        await this.#applyFetched(await this.#fetchForFranchisee(account, this.#own, payments), null);
      },
      apply: (targets) => this.#apply(targets),
    });
    this.#keep(state);
    return checked;
  }

  #keep(balances: BalanceState): void {
    this.#lease = { ...this.#lease, state: { ...this.#lease.state, balances } };
  }

  /** Moves the watermark of the payments alone. */
  async #completeScan(): Promise<void> {
    const state = stateAfter(this.#scan, this.#lease.state, this.#failed.all());
    this.#lease = await this.#dependencies.store.saveState(this.#lease, state, this.#options.now());
  }

  /** The platform still knows some payments of an inaccessible account. */
  async #fetchFromPlatformOnly(account: string): Promise<void> {
    await this.#fetchUnsettled(account, null);
    const state = stateInaccessible(this.#scan, this.#lease.state, this.#report.isResumed);
    this.#lease = { ...this.#lease, state };
  }

  /** Releases the lease, and stores the failure where the portal shows it. */
  async recordFailure(error: unknown): Promise<void> {
    // An incomplete sync has been recorded; after a lost lease, the other run's result counts.
    if (error instanceof IncompleteSyncError || error instanceof LeaseLostError) return;
    const at = this.#options.now();
    try {
      // First, so that a run that lost its lease records nothing.
      await this.#releaseLease(this.#lease.state);
      // A scan with `since` does not change how complete the ledger is.
      if (!this.#options.since)
        await this.#recordFreshness({ lastRunAt: at, error: { at, message: publicMessage(error) } });
    } catch (secondError) {
      log.error("stripe sync could not record its failure", secondError, { scope: this.#report.scope });
    }
  }

  async #finish(balance: CheckedBalance | null): Promise<void> {
    const { state } = this.#lease;
    const failed = this.#failed.all();
    const at = this.#options.now();
    const complete = { completeUntil: this.#scan.to, lastRunAt: at, error: null };
    const isOverflow = this.#failed.isOverflowing();
    // A repeated scan finds this run's failures again, but not necessarily the earlier ones.
    const kept = this.#failed.stillFailed();
    await this.#releaseLease(
      isOverflow ? { ...state, scan: null, failed: kept } : stateAfter(this.#scan, state, failed),
    );
    if (failed.length === 0) {
      await this.#recordFreshness(complete, balance);
      return;
    }
    const error = new IncompleteSyncError(failed);
    const incomplete = { lastRunAt: at, error: { at, message: publicMessage(error) } };
    const isAffected = affectedBy(failed);
    await this.#recordFreshness((id) => (isOverflow || isAffected(id) ? incomplete : complete), balance);
    throw error;
  }

  async #retryFailed(): Promise<void> {
    for (const page of chunksOf([...this.#failed.earlier], PAGE_SIZE)) {
      const fetched = await (this.#account === null
        ? this.#fetch(page)
        : this.#fetchForFranchisee(this.#account, this.#own, withoutMode(page)));
      // A payment that fails again is added again.
      for (const id of page) this.#failed.delete(id);
      await this.#applyFetched(fetched, this.#account);
      await this.#save();
    }
  }

  #fetch(stripePaymentIds: readonly string[]): Promise<FetchedPayments> {
    return fetchFrom(this.#own, stripePaymentIds, this.#account, this.#options.now());
  }

  #fetchForFranchisee(
    franchiseeId: string,
    own: AccountReader | null,
    payments: readonly Unsettled[],
  ): Promise<FetchedPayments> {
    return fetchForFranchisee(franchiseeId, { own, platform: this.#platform }, payments, this.#options.now());
  }

  async #scanPage(): Promise<void> {
    const { cursor } = this.#scan;
    const page = await this.#own.chargesPage(this.#scan, cursor).catch((error: unknown) => {
      if (!(error instanceof CursorGoneError) || cursor === null) throw error;
      log.warn("stripe sync restarts its scan", { scope: this.#report.scope, reason: error.message });
      return null;
    });
    if (!page) {
      this.#scan = restarted(this.#scan);
      return;
    }
    this.#report.pages += 1;
    countSkipped(this.#report, "no payment of its own", page.skipped);
    this.#failed.add(page.failures.map((failure) => ({ ...failure, franchiseeId: this.#account })));
    const fetched = await this.#fetch(page.incomplete);
    await this.#applyFetched({ ...fetched, results: [...page.results, ...fetched.results] }, null);
    this.#scan = { ...this.#scan, cursor: page.cursor, chargesDone: page.cursor === null };
    this.#options.onProgress?.(page.reached && page.cursor !== null ? progressOf(this.#scan, page.reached) : 1);
    if (page.reached) await this.#save();
  }

  /** Fetches refunded and disputed payments that are too old for the scan. */
  async #fetchUpdated(): Promise<void> {
    const window = updatesWindow(this.#scan, this.#lease.state);
    if (!window) return;
    const updated = await this.#own.updatedPayments(window, this.#scan.from);
    while (this.#scan.updatesProcessed < updated.length) {
      const end = this.#scan.updatesProcessed + PAGE_SIZE;
      await this.#applyFetched(await this.#fetch(updated.slice(this.#scan.updatesProcessed, end)), null);
      this.#scan = { ...this.#scan, updatesProcessed: end };
      await this.#save();
    }
  }

  /** Events show other changes of payments that are too old for the scan. */
  async #processUndelivered(): Promise<void> {
    const window = eventsSince(this.#lease.state, this.#options.now());
    if (!window) return;
    if (window.isTruncated) {
      log.warn("stripe sync missed events older than 25 days", { account: this.#account, since: window.since });
    }
    const dependencies = { ...this.#dependencies, now: this.#options.now };
    for await (const page of processUndelivered(dependencies, this.#account, window.since)) {
      countEvents(this.#report, page);
      this.#failed.add(page.failures);
      if (page.undelivered + page.results.length > 0) await this.#save();
    }
  }

  async #fetchUnsettled(franchiseeId: string, own: AccountReader | null): Promise<void> {
    const { store } = this.#dependencies;
    const { watermark } = await store.readSyncState(PLATFORM);
    const isPlatformScanned = watermark !== null || this.#options.isDryRun === true;
    for (const query of unsettledQueries(this.#scan, this.#options.now(), isPlatformScanned)) {
      for await (const page of store.unsettled(franchiseeId, query)) {
        const payments = page.filter(({ stripePaymentId }) => !this.#seen.has(stripePaymentId));
        await this.#applyFetched(await this.#fetchForFranchisee(franchiseeId, own, payments), franchiseeId);
        await this.#save();
      }
    }
  }

  /** With a franchisee, a payment's absence is an observation too. */
  async #applyFetched(fetched: FetchedPayments, franchiseeId: string | null): Promise<void> {
    this.#failed.add(fetched.failures);
    this.#failed.add(await sharedSince(fetched.results, this.#dependencies.store));
    const absences = franchiseeId === null ? [] : absencesOf(fetched, franchiseeId);
    await this.#apply([...targetsOf(fetched.results, this.#report), ...absences]);
  }

  async #apply(targets: readonly Target[]): Promise<void> {
    if (targets.length === 0) return;
    const { store, defaults } = this.#dependencies;
    const { outcomes } = await store.applyAll(targets, { now: this.#options.now(), defaults });
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

  /** Saves the progress of the scan, and ends the run at its time limit. */
  async #save(): Promise<void> {
    const { state } = this.#lease;
    const next = this.#options.since ? state : { ...state, scan: this.#scan, failed: this.#failed.all() };
    this.#lease = await this.#dependencies.store.saveState(this.#lease, next, this.#options.now());
    if (!this.#options.since && this.#failed.isOverflowing()) await this.#finish(null);
    if (performance.now() > this.#endsAt) throw new TimeLimitError();
  }

  async #releaseLease(state: SyncState): Promise<void> {
    this.#lease = await this.#dependencies.store.endLease(this.#lease, state);
    this.#report.lagSeconds = lagSeconds(state, this.#options.now());
  }

  /** Stores the freshness of every franchisee of the scope. */
  async #recordFreshness(
    freshness: SyncFreshness | ((franchiseeId: string) => SyncFreshness),
    balance: CheckedBalance | null = null,
  ): Promise<void> {
    const { store } = this.#dependencies;
    const franchisees = this.#account === null ? await store.franchiseeIds() : [this.#account];
    await store.recordFreshness(
      this.#account === null ? "platform" : "account",
      franchisees.map((id) => [id, typeof freshness === "function" ? freshness(id) : freshness, balance]),
    );
  }
}
