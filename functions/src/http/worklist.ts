import { z } from "zod";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../domain/payment.ts";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import { saveWorklistEntry } from "../store/worklist.ts";
import type { ApiRequest, Route, RouteResponse } from "./router.ts";
import { readJson, validate } from "./validation.ts";

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^(?:\P{C}|\n)*$/u, { error: "expected no control characters" })
    .nullable();

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  stripePaymentId: paymentIntentIdSchema,
  body: z
    .strictObject({
      assignee: text(200).optional().describe("who deals with the exception, such as an address; null for nobody"),
      note: text(1000).optional().describe("null removes it"),
    })
    .refine(({ assignee, note }) => assignee !== undefined || note !== undefined, {
      error: "expected assignee, note or both",
    })
    .describe("what is left out stays as it is"),
});

const shown = z.string().nullable();

const responseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  transactionId: paymentIntentIdSchema,
  outcome: z.enum(["updated", "duplicate"]),
  assignee: shown,
  note: shown,
});

export const worklistRoute: Route = {
  method: "POST",
  paths: ["/api/franchisees/{franchiseeId}/transactions/{stripePaymentId}/worklist"],
  access: "admin",
  handle: save,
  operation: {
    operationId: "saveWorklistEntry",
    summary: "Assign an exception to somebody, or note something on it; for head office",
    input: inputSchema,
    response: ["The outcome, and what is stored", responseSchema],
    errors: [400, 401, 403, 404, 413, 415, 500, 503],
  },
};

async function save(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, stripePaymentId, body } = validate(inputSchema, { ...request.params, body: readJson(request) });
  const { caller, receivedAt: at } = request;
  if (caller.kind !== "user") throw new AppError("forbidden", "Only an admin can change the worklist.");
  const by = caller.email ?? caller.uid;
  const { outcome, entry } = await saveWorklistEntry(franchiseeId, stripePaymentId, definedIn(body), { by, at });
  const changed = Object.keys(body);
  log.info("worklist entry", { franchiseeId, transactionId: stripePaymentId, uid: caller.uid, outcome, changed });
  return { success: true, franchiseeId, transactionId: stripePaymentId, outcome, ...entry };
}

/** Without the fields that the caller left out. */
function definedIn({ assignee, note }: { assignee?: string | null | undefined; note?: string | null | undefined }) {
  return { ...(assignee !== undefined && { assignee }), ...(note !== undefined && { note }) };
}
