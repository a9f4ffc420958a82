import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { detailWarnings, amountWarnings, goldenRecordSchema } from "../domain/golden-record.ts";
import type { FieldConflict, GoldenDecision } from "../domain/decide.ts";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../domain/payment.ts";
import { AppError } from "../errors.ts";
import { apply } from "../store/apply.ts";
import { log } from "../log.ts";
import type { Caller } from "./auth.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { readJson, validate } from "./validation.ts";

const inputSchema = z.object({ franchiseeId: franchiseeIdSchema, body: goldenRecordSchema });

export const recordResponseSchema = z.strictObject({
  success: z.literal(true),
  message: z.string(),
  transactionId: paymentIntentIdSchema,
  franchiseeId: franchiseeIdSchema,
  outcome: z.enum(["created", "updated", "duplicate", "stale"]),
  warnings: z.array(z.string()).optional(),
});

export const recordRoute: Route = {
  method: "POST",
  paths: ["/api/franchisees/{franchiseeId}/transactions"],
  access: "migrating-orchestrator",
  handle: recordTransaction,
  operation: {
    operationId: "recordTransaction",
    summary: "Record the golden record of a payment",
    input: inputSchema,
    response: ["The outcome", recordResponseSchema],
    errors: [400, 401, 409, 413, 415, 500, 503],
  },
};

const MESSAGES = {
  created: "Transaction recorded successfully",
  updated: "Transaction recorded successfully",
  duplicate: "Transaction already recorded; nothing changed",
  stale: "A newer record is in force; nothing changed",
} as const;

async function recordTransaction(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, record, warnings: ofDetails } = read(request);
  const context = { now: request.receivedAt, defaults: recordDefaults() };
  const { caller } = request;
  const sentAt = caller.kind === "orchestrator" ? caller.signedAt : request.receivedAt;
  const decision = await apply(franchiseeId, { kind: "golden", record, sentAt }, context);

  const transactionId = record.stripePaymentId;
  log.info("golden record", { franchiseeId, transactionId, outcome: decision.outcome });
  if (decision.outcome === "conflict") throw conflict(transactionId, decision.conflicts);
  const warnings = [...amountWarnings(record), ...ofDetails, ...staleWarnings(decision), ...unsignedWarnings(caller)];
  return {
    success: true,
    message: MESSAGES[decision.outcome],
    transactionId,
    franchiseeId,
    outcome: decision.outcome,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** A function, so that the parsed body is released before Firestore is awaited: 2 MiB of JSON can take 40 MiB. */
function read(request: ApiRequest) {
  const sent = readJson(request);
  const { franchiseeId, body: record } = validate(inputSchema, { ...request.params, body: sent });
  return { franchiseeId, record, warnings: detailWarnings(sent) };
}

function conflict(transactionId: string, conflicts: readonly FieldConflict[]): AppError {
  return new AppError(
    "conflict",
    `${transactionId} is already recorded with different amounts. To replace it, send the record with "correction": "the reason".`,
    { details: conflicts.map(({ field, ...values }) => ({ path: `body.${field}`, message: describe(values) })) },
  );
}

function staleWarnings(decision: GoldenDecision): string[] {
  if (decision.outcome !== "stale") return [];
  return decision.conflicts.map(
    ({ field, ...values }) => `${field} differs from the newer record: ${describe(values)}.`,
  );
}

function unsignedWarnings({ kind }: Caller): string[] {
  return kind === "unsigned"
    ? ["This request is not signed. Unsigned requests are accepted only during the migration."]
    : [];
}

function describe({ recorded, received }: Omit<FieldConflict, "field">): string {
  return `recorded ${recorded}, received ${received}`;
}
