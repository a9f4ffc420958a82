import { z } from "zod";
import { mailSettings } from "../config.ts";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import { readEmailSettings, saveEmailSettings } from "../store/head-office.ts";
import type { ApiRequest, Route, RouteResponse } from "./router.ts";
import { readJson, validate } from "./validation.ts";

const settingsSchema = z.strictObject({
  daily: z.boolean().describe("a digest each morning on which exceptions are open"),
  immediateFrom: z
    .number()
    .positive()
    .max(1e9)
    .nullable()
    .describe("an email within minutes about exceptions of at least so much, in the major unit; null: none"),
});

const inputSchema = z.object({ body: settingsSchema });

const responseSchema = z.strictObject({
  success: z.literal(true),
  isSending: z.boolean().describe("whether this deployment sends emails at all"),
  ...settingsSchema.shape,
});

const errors = [401, 403, 500, 503] as const;

export const emailSettingsRoute: Route = {
  method: "GET",
  paths: ["/api/email-settings"],
  access: "admin",
  handle: show,
  operation: {
    operationId: "showEmailSettings",
    summary: "Which emails about exceptions the caller gets; for head office",
    response: ["The settings; a daily digest until they are changed", responseSchema],
    errors: [...errors],
  },
};

export const saveEmailSettingsRoute: Route = {
  method: "POST",
  paths: ["/api/email-settings"],
  access: "admin",
  handle: save,
  operation: {
    operationId: "saveEmailSettings",
    summary: "Change which emails about exceptions the caller gets; for head office",
    input: inputSchema,
    response: ["The settings", responseSchema],
    errors: [400, ...errors, 413, 415],
  },
};

async function show({ caller }: ApiRequest): Promise<RouteResponse> {
  const settings = await readEmailSettings(uidOf(caller));
  return { success: true, isSending: mailSettings() !== null, ...settings };
}

async function save(request: ApiRequest): Promise<RouteResponse> {
  const { body } = validate(inputSchema, { body: readJson(request) });
  const uid = uidOf(request.caller);
  await saveEmailSettings(uid, body, request.receivedAt);
  log.info("email settings", { uid, daily: body.daily, isImmediate: body.immediateFrom !== null });
  return { success: true, isSending: mailSettings() !== null, ...body };
}

function uidOf(caller: ApiRequest["caller"]): string {
  if (caller.kind !== "user") throw new AppError("forbidden", "Only an admin has email settings.");
  return caller.uid;
}
