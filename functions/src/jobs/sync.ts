/**
 * The sync of one scope with Stripe: the platform, or one connected account. It walks Stripe's charges, looks up what no
 * list shows, and carries everything into the ledger by the same `decide()` that golden records meet.
 *
 * Every step can be the last one, and every step can be repeated: what a page said is committed before the page's cursor
 * is saved, and the watermark moves only when everything up to it is committed.
 */
import { log } from "../log.ts";
import { newReport, type SyncReport } from "./report.ts";
import type { SyncOptions, SyncParts } from "./dependencies.ts";
import { Run } from "./run.ts";

/** A run ends itself while its task still has time to say so. */
const TIME_LIMIT_MS = 25 * 60_000;

/**
 * Runs the sync of one scope to its end, or throws: StripeRequestError, AppError `unavailable`, IncompleteSyncError, TimeLimitError,
 * LeaseLostError. It never ends well with a hole. Whatever it throws, the next run goes on from what is committed.
 */
export async function syncScope(scope: string, parts: SyncParts, options: SyncOptions): Promise<SyncReport> {
  const startedAt = performance.now();
  const callsBefore = parts.connection.calls();
  const now = options.now ?? (() => new Date());
  const report = newReport(scope);
  const close = (outcome: SyncReport["outcome"]): SyncReport =>
    Object.assign(report, {
      outcome,
      stripeCalls: parts.connection.calls() - callsBefore,
      durationMs: Math.round(performance.now() - startedAt),
    });

  report.firestoreReads += 1;
  const lease = await parts.ledger.takeLease(scope, options.owner, now());
  if (!lease) {
    log.info("stripe sync", { ...close("busy") });
    return report;
  }
  report.firestoreWrites += 1;
  const run = new Run(parts, { ...options, now }, report, lease);
  try {
    await run.toItsEnd(startedAt + (options.timeLimitMs ?? TIME_LIMIT_MS));
  } catch (error) {
    await run.tell(error);
    log.error("stripe sync", error, { ...close("failed") });
    throw error;
  }
  log.info("stripe sync", { ...close("done") });
  return report;
}

/**
 * The same, and once more where a run only finished the walk that an earlier one had begun: after an outage of hours that
 * would leave a gap of hours.
 */
export async function syncUpToNow(scope: string, parts: SyncParts, options: SyncOptions): Promise<SyncReport[]> {
  const startedAt = performance.now();
  const { timeLimitMs = TIME_LIMIT_MS } = options;
  const first = await syncScope(scope, parts, options);
  if (!first.isResumed) return [first];
  const timeLeft = timeLimitMs - (performance.now() - startedAt);
  return [first, await syncScope(scope, parts, { ...options, timeLimitMs: timeLeft })];
}
