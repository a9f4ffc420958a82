import { onRequest } from "firebase-functions/v2/https";
import { onSchedule } from "firebase-functions/v2/scheduler";
import { onTaskDispatched } from "firebase-functions/v2/tasks";
import {
  apiOptions,
  closeDaysOptions,
  healthOptions,
  listTransactionsOptions,
  mailExceptionsOptions,
  processEventsOptions,
  recordTransactionOptions,
  stripeWebhookOptions,
  syncAccountOptions,
  syncStripeOptions,
} from "./config.ts";
import { endpoint } from "./http/router.ts";
import { requireKeys } from "./http/signing-keys.ts";
import { listRoute } from "./http/list-transactions.ts";
import { recordRoute } from "./http/record-transaction.ts";
import { guardRequests, type Handler } from "./http/request-guard.ts";
import { apiRoutes, healthRoute, stripeWebhookRoute } from "./http/routes.ts";

export const recordTransaction = onRequest(recordTransactionOptions, endpoint(recordRoute));
export const listTransactions = onRequest(listTransactionsOptions, endpoint(listRoute));
export const api = onRequest(apiOptions, endpoint(...apiRoutes));
export const health = onRequest(healthOptions, endpoint(healthRoute));

export const stripeWebhook = onRequest(stripeWebhookOptions, endpoint(stripeWebhookRoute));
export const syncStripe = onSchedule(syncStripeOptions, async ({ scheduleTime }) => {
  const { enqueueSyncs } = await import("./jobs/sync/tasks.ts");
  await enqueueSyncs(scheduleTime);
});
export const syncAccount = onTaskDispatched(syncAccountOptions, async (task) => {
  const { runSyncTask } = await import("./jobs/sync/tasks.ts");
  await runSyncTask(task);
});
export const processEvents = onTaskDispatched(processEventsOptions, async (task) => {
  const { runEventsTask } = await import("./jobs/events/queue.ts");
  await runEventsTask(task);
});
export const closeDays = onSchedule(closeDaysOptions, async () => {
  const { closeAll } = await import("./jobs/close/daily-close.ts");
  await closeAll();
});

export const mailExceptions = onSchedule(mailExceptionsOptions, async () => {
  const { mailExceptions: mail } = await import("./jobs/mail/exception-mails.ts");
  await mail(new Date());
});

// Unset while the CLI prepares a deployment, and when a test imports a function.
const functionName = process.env["FUNCTION_TARGET"];
if (functionName !== undefined) {
  requireKeys(functionName);
  // At import, because the framework reads a request's body before any handler runs. It serves the other functions.
  const served: Readonly<Record<string, Handler>> = { recordTransaction, listTransactions, api, health, stripeWebhook };
  guardRequests(served[functionName]);
}
