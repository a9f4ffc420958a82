import { z } from "zod";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../domain/payment.ts";
import { newestRevisions } from "../store/revisions.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { readQuery, validate } from "./validation.ts";
import { REVISIONS_PATH } from "./paths.ts";
import { serialize } from "./serialize.ts";

/** GET what a transaction said before each of its changes, and why it changed: the last one first, so many at the most. */
export const revisionsRoute: Route = { method: "GET", path: REVISIONS_PATH, access: "admin", handle: showRevisions };

const MAX_REVISIONS = 100;

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  stripePaymentId: paymentIntentIdSchema,
  query: z.strictObject({}),
});

async function showRevisions(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, stripePaymentId } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const newest = await newestRevisions(franchiseeId, stripePaymentId, MAX_REVISIONS);
  const revisions = newest.map(({ revision, reason, replacedAt, before }) => {
    return { revision, reason, replacedAt, before: before && serialize(before) };
  });
  return { success: true, franchiseeId, transactionId: stripePaymentId, revisions };
}
