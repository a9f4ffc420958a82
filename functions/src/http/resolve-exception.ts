import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { discrepancySchema, HEAD_OFFICE } from "../domain/reconciliation-exception.ts";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../domain/payment.ts";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import { apply } from "../store/apply.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { readJson, validate } from "./validation.ts";

/** `seen` is the discrepancy that the admin resolves: if it has changed, nothing is written. */
const resolutionSchema = z.strictObject({
  isResolved: z.boolean(),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .refine((text) => text.isWellFormed(), { error: "expected well-formed Unicode" }),
  seen: discrepancySchema,
});

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  stripePaymentId: paymentIntentIdSchema,
  body: resolutionSchema,
});

const resolutionResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  transactionId: paymentIntentIdSchema,
  outcome: z.enum(["updated", "duplicate"]),
});

export const resolveRoute: Route = {
  method: "POST",
  paths: ["/api/franchisees/{franchiseeId}/transactions/{stripePaymentId}/resolution"],
  access: "admin",
  handle: resolve,
  operation: {
    operationId: "resolveException",
    summary: "Resolve an exception, or open it again, with a reason; for head office",
    input: inputSchema,
    response: ["The outcome", resolutionResponseSchema],
    errors: [400, 401, 403, 409, 413, 415, 500, 503],
  },
};

async function resolve(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, stripePaymentId, body } = validate(inputSchema, { ...request.params, body: readJson(request) });
  const { caller } = request;
  if (caller.kind !== "user") throw new AppError("forbidden", "Only an admin can resolve an exception.");
  const { outcome } = await apply(
    franchiseeId,
    { kind: "resolution", stripePaymentId, by: caller.email ?? caller.uid, shownAs: HEAD_OFFICE, ...body },
    { now: request.receivedAt, defaults: recordDefaults() },
  );
  const { isResolved } = body;
  log.info("exception resolution", { franchiseeId, stripePaymentId, isResolved, uid: caller.uid, outcome });
  if (outcome === "ignored") throw new AppError("conflict", "This payment has no exception to resolve.");
  if (outcome === "stale") throw new AppError("conflict", "The payment has changed. Reload and try again.");
  return { success: true, franchiseeId, transactionId: stripePaymentId, outcome };
}
