/** Events for which Stripe has no room yet: a Cloud Tasks queue with a task per subject and window of time. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { processEventsOptions, queueLimits } from "../../config.ts";
import { type StripeEvent, subjectKeyOf } from "../../domain/stripe-event.ts";
import { codeOf } from "../../errors.ts";
import { log } from "../../log.ts";
import { namedApp } from "../../store/app.ts";
import { OPEN_PAGE, type OpenEvent, openEvents } from "../../store/stripe-events.ts";
import { isTemporary } from "../../stripe/client.ts";
import { SingleFlight } from "../../stripe/single-flight.ts";
import { type Claim, logResult, processClaimed } from "./process-event.ts";
import { sharedDependencies } from "./shared-dependencies.ts";

const QUEUE = `locations/${processEventsOptions.region}/functions/processEvents`;

/**
 * Events of one subject that are queued in the same window share a task. Cloud Tasks refuses a task's name for hours
 * after it ran, so a task without a window would hide later events.
 */
const WINDOW_MS = 5_000;

/** How far the clocks of two instances may differ, in milliseconds. */
const MAX_SKEW_MS = 1_000;

/** For enqueuing a task, in milliseconds: Stripe waits for the response. */
const ENQUEUE_TIMEOUT_MS = 5_000;

const enqueuing = new SingleFlight<void>();

/**
 * Enqueues a task that processes an event, which must be claimed. The task starts after its window, so it sees every
 * event that was claimed in the window. Throws if that failed, or took too long.
 */
export async function enqueueEvent(event: StripeEvent): Promise<void> {
  const subjectKey = subjectKeyOf(event);
  const windowEnd = (Math.floor(Date.now() / WINDOW_MS) + 1) * WINDOW_MS;
  const notBefore = windowEnd + MAX_SKEW_MS;
  // Hashed, because sequential ids slow down the queue.
  const id = createHash("sha256").update(`${windowEnd} ${subjectKey}`).digest("hex");
  await enqueuing.join(id, () => enqueue({ subjectKey, notBefore }, id));
}

async function enqueue(data: z.infer<typeof taskSchema>, id: string): Promise<void> {
  const { getFunctions } = await import("firebase-admin/functions");
  const timer = new AbortController();
  const timeout = sleep(ENQUEUE_TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error("Cloud Tasks did not respond in time.");
  });
  const enqueued = getFunctions(namedApp("tasks", {}))
    .taskQueue(QUEUE)
    .enqueue(data, {
      id,
      scheduleTime: new Date(data.notBefore),
      dispatchDeadlineSeconds: processEventsOptions.timeoutSeconds,
    })
    .catch((error: unknown) => {
      if (codeOf(error) !== "functions/task-already-exists") throw error;
    });
  try {
    await Promise.race([enqueued, timeout]);
  } finally {
    timer.abort();
  }
}

/** `notBefore` is in milliseconds since 1970. */
const taskSchema = z.object({ subjectKey: z.string().regex(/^[\w-]{43}$/), notBefore: z.int().nonnegative() });

/**
 * Runs a task of the queue: processes the subject's open events. Throws if they must be processed again; after the last
 * attempt the sync does that.
 */
export async function runEventsTask({ data, retryCount }: { data: unknown; retryCount: number }): Promise<void> {
  let open: OpenEvent[] = [];
  try {
    const { subjectKey, notBefore } = taskSchema.parse(data);
    // The local emulator of Cloud Tasks ignores a task's time.
    await sleep(Math.min(notBefore - Date.now(), WINDOW_MS + MAX_SKEW_MS));
    do {
      open = await openEvents(subjectKey);
      const [first, ...others] = open.map(({ event, version }): Claim => ({ event, version, isReplay: false }));
      // Another task, a webhook or the sync has processed them.
      if (!first) return;
      const result = await processClaimed([first, ...others], sharedDependencies(queueLimits));
      for (const { event } of open) logResult(event, result);
    } while (open.length === OPEN_PAGE);
  } catch (error) {
    const isLast = retryCount + 1 >= processEventsOptions.retryConfig.maxAttempts;
    const fields = { eventIds: open.map(({ event }) => event.id), retryCount };
    if (isTemporary(error) && !isLast) log.warn("stripe task will be retried", { ...fields, reason: error.message });
    else log.error("stripe task failed", error, { ...fields, outcome: isLast ? "failed" : "retried" });
    throw error;
  }
}
