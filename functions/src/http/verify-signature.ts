import { createHash } from "node:crypto";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { type ApiRequest, errorSchema, type Route, type RouteResponse } from "./router.ts";
import type { SignedMessage } from "./signature.ts";

const signedFields = {
  method: z.string(),
  path: z.string().describe("with its query, as it arrived"),
  bodyLength: z.int().nonnegative().describe("bytes"),
  bodySha256: z.string().regex(/^[0-9a-f]{64}$/),
};

export const verifyResponseSchema = z.strictObject({
  success: z.literal(true),
  ...signedFields,
  keyIndex: z.int().nonnegative(),
  signedAt: z.iso.datetime(),
});

export const verifyRejectionSchema = errorSchema.extend({
  received: z
    .strictObject({
      ...signedFields,
      timestamp: z.string().nullable().describe("the header webhook-timestamp, as it was sent"),
      messageId: z.string().nullable().describe("the header webhook-id"),
      signatures: z.int().nonnegative().describe("how many there are in the header webhook-signature"),
    })
    .describe("what the server received, to compare with what was signed"),
});

export const verifyRoute: Route = {
  method: "POST",
  paths: ["/api/verify"],
  access: "orchestrator",
  handle: verify,
  describeRejected,
  operation: {
    operationId: "verifySignature",
    summary: "What the server received, and whether its signature is valid; writes nothing",
    input: z.object({ body: z.unknown() }),
    response: ["The signature is valid", verifyResponseSchema],
    rejection: ["The signature is invalid; what the server received", verifyRejectionSchema],
    errors: [400, 401, 413, 415],
  },
};

function verify({ caller, message }: ApiRequest): RouteResponse {
  if (caller.kind !== "orchestrator") throw new AppError("forbidden", "Only a signed request is verified.");
  return { success: true, ...signedParts(message), keyIndex: caller.keyIndex, signedAt: caller.signedAt };
}

/** What the signature covers, except the headers. */
function signedParts({ method, target, rawBody }: SignedMessage) {
  return {
    method,
    path: target,
    bodyLength: rawBody.length,
    bodySha256: createHash("sha256").update(rawBody).digest("hex"),
  };
}

/** What the sender can compare with what it signed. It contains no key, expected signature, or content of the body. */
function describeRejected(message: SignedMessage): Record<string, unknown> {
  const values = (name: string): string[] => message.headers[name] ?? [];
  return {
    ...signedParts(message),
    timestamp: values("webhook-timestamp")[0] ?? null,
    messageId: values("webhook-id")[0] ?? null,
    signatures: values("webhook-signature").flatMap((value) => value.split(" ").filter(Boolean)).length,
  };
}
