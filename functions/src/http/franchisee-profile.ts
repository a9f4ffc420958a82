import { z } from "zod";
import { PROFILE_FIELDS } from "../domain/franchisee-profile.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import { saveHeadOfficeProfile } from "../store/profiles.ts";
import type { ApiRequest, Route, RouteResponse } from "./router.ts";
import { readJson, validate } from "./validation.ts";

const text = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{C}*$/u, { error: "expected no line breaks or control characters" })
  .nullable();

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  body: z.strictObject({ businessName: text, city: text, owner: text }).describe("null leaves a field to Stripe"),
});

const shown = z.string().nullable();

export const profileResponseSchema = z
  .strictObject({ businessName: shown, city: shown, owner: shown })
  .describe("what head office has entered, else what Stripe states of the account; null if neither is known");

const responseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  outcome: z.enum(["updated", "duplicate"]),
  profile: profileResponseSchema,
});

export const profileRoute: Route = {
  method: "POST",
  paths: ["/api/franchisees/{franchiseeId}/profile"],
  access: "admin",
  handle: save,
  operation: {
    operationId: "saveProfile",
    summary: "Enter a franchisee's business name, city and owner, in place of Stripe's; for head office",
    input: inputSchema,
    response: ["The outcome", responseSchema],
    errors: [400, 401, 403, 404, 413, 415, 500, 503],
  },
};

async function save(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, body } = validate(inputSchema, { ...request.params, body: readJson(request) });
  const { caller, receivedAt: at } = request;
  if (caller.kind !== "user") throw new AppError("forbidden", "Only an admin can change a profile.");
  const by = caller.email ?? caller.uid;
  const { outcome, profile } = await saveHeadOfficeProfile(franchiseeId, body, { by, at });
  const changed = PROFILE_FIELDS.filter((field) => body[field] !== null);
  log.info("franchisee profile", { franchiseeId, uid: caller.uid, outcome, entered: changed });
  return { success: true, franchiseeId, outcome, profile };
}
