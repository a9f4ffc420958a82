import { log } from "../../log.ts";
import { countOperations } from "../../store/sync-store.ts";
import { newReport, type SyncReport } from "./report.ts";
import { type SyncDependencies, type SyncOptions, SyncRun } from "./sync-run.ts";

/**
 * The sync of one scope, the platform or a connected account: scans Stripe's charges, fetches payments that no list
 * shows, and applies all with the same `decide()` as golden records.
 *
 * A run can stop after any step, and any step can be repeated: the results of a page are committed before its cursor is
 * saved, and the watermark moves only when everything up to it is committed.
 */

/** Leaves a task time to report its run. */
const TIME_LIMIT_MS = 25 * 60_000;

/**
 * Runs the sync of one scope. Never succeeds with a gap: throws StripeRequestError, AppError `unavailable`,
 * IncompleteSyncError, TimeLimitError or LeaseLostError, and the next run resumes.
 */
export async function syncScope(
  scope: string,
  dependencies: SyncDependencies,
  options: SyncOptions,
): Promise<SyncReport> {
  const startedAt = performance.now();
  const callsBefore = dependencies.connection.calls();
  const now = options.now ?? (() => new Date());
  const report = newReport(scope);
  const store = countOperations(dependencies.store, report);
  const close = (outcome: SyncReport["outcome"]): SyncReport =>
    Object.assign(report, {
      outcome,
      stripeCalls: dependencies.connection.calls() - callsBefore,
      durationMs: Math.round(performance.now() - startedAt),
    });

  const lease = await store.takeLease(scope, options.owner, now());
  if (!lease) {
    log.info("stripe sync", { ...close("busy") });
    return report;
  }
  const run = new SyncRun({ ...dependencies, store }, { ...options, now }, report, lease);
  try {
    await run.complete(startedAt + (options.timeLimitMs ?? TIME_LIMIT_MS));
  } catch (error) {
    await run.recordFailure(error);
    log.error("stripe sync", error, { ...close("failed") });
    throw error;
  }
  log.info("stripe sync", { ...close("done") });
  return report;
}

/** Runs a second sync after one that only completed an earlier run's scan: that alone could leave a gap of hours. */
export async function syncUpToNow(
  scope: string,
  dependencies: SyncDependencies,
  options: SyncOptions,
): Promise<SyncReport[]> {
  const startedAt = performance.now();
  const { timeLimitMs = TIME_LIMIT_MS } = options;
  const first = await syncScope(scope, dependencies, options);
  if (!first.isResumed) return [first];
  const timeLeft = timeLimitMs - (performance.now() - startedAt);
  return [first, await syncScope(scope, dependencies, { ...options, timeLimitMs: timeLeft })];
}
