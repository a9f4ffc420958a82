import { createHash } from "node:crypto";
import { AppError } from "../errors.ts";
import type { Answer, ApiRequest, Route } from "./endpoint.ts";

/** POST anything, signed, to see what the server saw of it. Writes nothing. */
export const verifyRoute: Route = { method: "POST", path: /^\/api\/verify$/, access: "orchestrator", handle: verify };

function verify({ caller, message }: ApiRequest): Answer {
  if (caller.kind !== "orchestrator") throw new AppError("forbidden", "Only a signed request is verified.");
  return {
    success: true,
    method: message.method,
    path: message.target,
    bodyLength: message.rawBody.length,
    bodySha256: createHash("sha256").update(message.rawBody).digest("hex"),
    keyIndex: caller.keyIndex,
    signedAt: caller.signedAt,
  };
}
