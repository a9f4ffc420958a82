import { createHash } from "node:crypto";
import { AppError } from "../errors.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import type { SignedMessage } from "./signature.ts";

/** POST anything, signed, to see what the server saw of it. Writes nothing. */
export const verifyRoute: Route = {
  method: "POST",
  path: /^\/api\/verify$/,
  access: "orchestrator",
  handle: verify,
  describeRefused,
};

function verify({ caller, message }: ApiRequest): RouteResponse {
  if (caller.kind !== "orchestrator") throw new AppError("forbidden", "Only a signed request is verified.");
  return { success: true, ...signedParts(message), keyIndex: caller.keyIndex, signedAt: caller.signedAt };
}

/** What a signature is over, but for the headers. */
function signedParts({ method, target, rawBody }: SignedMessage) {
  return {
    method,
    path: target,
    bodyLength: rawBody.length,
    bodySha256: createHash("sha256").update(rawBody).digest("hex"),
  };
}

/**
 * What a sender whose signature is refused can compare with what it meant to send. It says no more than the caller sent: it is made
 * of the request alone, never of a key, of what was expected, or of the body's content.
 */
function describeRefused(message: SignedMessage): Record<string, unknown> {
  const values = (name: string): string[] => message.headers[name] ?? [];
  return {
    ...signedParts(message),
    timestamp: values("webhook-timestamp")[0] ?? null,
    messageId: values("webhook-id")[0] ?? null,
    signatures: values("webhook-signature").flatMap((value) => value.split(" ").filter(Boolean)).length,
  };
}
