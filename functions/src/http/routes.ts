import { z } from "zod";
import { balanceRoute } from "./balance.ts";
import { emailSettingsRoute, saveEmailSettingsRoute } from "./email-settings.ts";
import { profileRoute } from "./franchisee-profile.ts";
import { closeComparisonRoute } from "./close-comparison.ts";
import { franchiseesRoute } from "./franchisees.ts";
import { journalRoute } from "./journal.ts";
import { networkRevenueRoute } from "./network-revenue.ts";
import { listRoute } from "./list-transactions.ts";
import { payoutRoute, payoutsRoute } from "./payouts.ts";
import { recordRoute } from "./record-transaction.ts";
import { resolveRoute } from "./resolve-exception.ts";
import { revenueRoute } from "./revenue.ts";
import { revisionsRoute } from "./revisions.ts";
import type { Route } from "./router.ts";
import { verifyRoute } from "./verify-signature.ts";
import { worklistRoute } from "./worklist.ts";
import { workshopsRoute } from "./workshops.ts";

export const apiRoutes: readonly Route[] = [
  recordRoute,
  listRoute,
  resolveRoute,
  worklistRoute,
  revisionsRoute,
  revenueRoute,
  workshopsRoute,
  networkRevenueRoute,
  payoutsRoute,
  payoutRoute,
  balanceRoute,
  journalRoute,
  closeComparisonRoute,
  franchiseesRoute,
  profileRoute,
  emailSettingsRoute,
  saveEmailSettingsRoute,
  verifyRoute,
];

export const healthResponseSchema = z.strictObject({ status: z.literal("healthy"), timestamp: z.iso.datetime() });

/** Does not read Firestore, so that a database outage restarts no instance. */
export const healthRoute: Route = {
  method: "GET",
  paths: ["/health", "/"],
  access: "anyone",
  handle: ({ receivedAt }) => ({ status: "healthy", timestamp: receivedAt.toISOString() }),
  operation: {
    operationId: "health",
    summary: "Whether the service is up",
    response: ["It is up", healthResponseSchema],
    errors: [],
  },
};

/** Other functions do not load the Stripe SDK, for their cold start. */
export const stripeWebhookRoute: Route = {
  method: "POST",
  paths: ["/api/stripe/webhook", "/"],
  access: "stripe",
  handle: async (request) => (await import("./stripe-webhook.ts")).receiveEvent(request),
  operation: null,
};
