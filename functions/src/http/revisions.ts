import { z } from "zod";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../domain/payment.ts";
import { newestRevisions } from "../store/revisions.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { readQuery, validate } from "./validation.ts";
import { serializeTransaction, transactionSchema } from "./transaction-response.ts";

const MAX_REVISIONS = 100;

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  stripePaymentId: paymentIntentIdSchema,
  query: z.strictObject({}),
});

export const revisionsResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  transactionId: paymentIntentIdSchema,
  revisions: z.array(
    z.strictObject({
      revision: z.int().describe("the number of the revision that the change made"),
      reason: z.string(),
      replacedAt: z.iso.datetime().nullable(),
      before: transactionSchema
        .nullable()
        .describe("the transaction before the change; null where that cannot be read"),
    }),
  ),
});

export const revisionsRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/transactions/{stripePaymentId}/revisions"],
  access: "admin",
  handle: showRevisions,
  operation: {
    operationId: "listRevisions",
    summary: "What a transaction was before each of its last hundred changes, and why it changed; for head office",
    input: inputSchema,
    response: ["The last change first", revisionsResponseSchema],
    errors: [400, 401, 403, 500, 503],
  },
};

async function showRevisions(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, stripePaymentId } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const newest = await newestRevisions(franchiseeId, stripePaymentId, MAX_REVISIONS);
  const revisions = newest.map(({ revision, reason, replacedAt, before }) => {
    return { revision, reason, replacedAt, before: before && serializeTransaction(before) };
  });
  return { success: true, franchiseeId, transactionId: stripePaymentId, revisions };
}
