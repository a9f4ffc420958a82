import { createHash, randomUUID } from "node:crypto";
import { getFunctions } from "firebase-admin/functions";
import { z } from "zod";
import { recordDefaults, stripeAccess, syncAccountOptions } from "../../config.ts";
import { franchiseeIdSchema } from "../../domain/payment.ts";
import { codeOf } from "../../errors.ts";
import { log } from "../../log.ts";
import { namedApp } from "../../store/app.ts";
import { franchiseeIds, recordFreshness } from "../../store/franchisees.ts";
import { saveStripeProfiles } from "../../store/profiles.ts";
import { connectedAccounts } from "../../stripe/connected-accounts.ts";
import { connect, isInaccessible } from "../../stripe/client.ts";
import { syncStore } from "../../store/sync-store.ts";
import { PLATFORM } from "../../store/sync-state.ts";
import { syncUpToNow } from "./sync.ts";

const QUEUE = `locations/${syncAccountOptions.region}/functions/syncAccount`;

/**
 * Enqueues a task for the platform, and one for every franchisee that is connected or has a document, and stores the
 * profiles of the connected accounts. Repeated calls for one time enqueue each task once. Throws without a key of the
 * right mode, or, after the other tasks are enqueued, if a task could not be enqueued, if Stripe did not list the
 * connected accounts, or if their profiles could not be stored.
 */
export async function enqueueSyncs(scheduleTime: string): Promise<void> {
  const failures: unknown[] = [];
  try {
    const connected = await connectedAccounts(connect(await requireAccess())).catch((error: unknown) => {
      failures.push(error);
      return [];
    });
    const scopes = [PLATFORM, ...new Set([...connected.map(({ id }) => id), ...(await franchiseeIds())])];
    const queue = getFunctions(namedApp("tasks", {})).taskQueue(QUEUE);
    let enqueued = 0;
    for (const scope of scopes) {
      try {
        await queue.enqueue(
          { scope },
          { id: taskId(scope, scheduleTime), dispatchDeadlineSeconds: syncAccountOptions.timeoutSeconds },
        );
        enqueued += 1;
      } catch (error) {
        if (codeOf(error) !== "functions/task-already-exists") failures.push(error);
      }
    }
    await saveStripeProfiles(connected);
    log.info("stripe syncs enqueued", { scheduleTime, scopes: scopes.length, enqueued, failed: failures.length });
  } catch (error) {
    failures.push(error);
  }
  // The scheduler's own log keeps only a message.
  for (const failure of failures) log.error("stripe sync could not be scheduled", failure, { scheduleTime });
  if (failures.length > 0) throw failures[0];
}

/** Throws without a key, after recording for every franchisee that the sync failed. */
async function requireAccess(): Promise<ReturnType<typeof stripeAccess>> {
  try {
    return stripeAccess();
  } catch (error) {
    const at = new Date();
    const message = "The sync has no key for Stripe that fits the deployment.";
    const freshness = { lastRunAt: at, error: { at, message } };
    const entries = (await franchiseeIds()).map((id) => [id, freshness] as const);
    await recordFreshness("platform", entries);
    await recordFreshness("account", entries);
    throw error;
  }
}

/** Hashed, because sequential ids slow down the queue. */
function taskId(scope: string, scheduleTime: string): string {
  return createHash("sha256").update(`${scheduleTime} ${scope}`).digest("hex");
}

const taskSchema = z.object({ scope: z.union([z.literal(PLATFORM), franchiseeIdSchema]) });

/**
 * Runs a task of the queue. A retried task keeps its `id`. Throws if a retry may help. An inaccessible account is
 * logged and recorded, and waits for the next schedule.
 */
export async function runSyncTask({ id, data }: { id?: string; data: unknown }): Promise<void> {
  const { scope } = taskSchema.parse(data);
  const dependencies = { store: syncStore, connection: connect(stripeAccess()), defaults: recordDefaults() };
  try {
    await syncUpToNow(scope, dependencies, { owner: id ?? randomUUID() });
  } catch (error) {
    if (!isInaccessible(error)) throw error;
  }
}
