import { allowUnsignedWrites } from "../config.ts";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import { type UserClaims, verifyIdToken } from "./id-token.ts";
import { orchestratorKeys, stripeWebhookKeys } from "./signing-keys.ts";
import { type Signature, SIGNATURE_HEADERS, type SignedMessage, verifySignature } from "./signature.ts";

export type Caller =
  | { kind: "anyone" }
  | ({ kind: "orchestrator" } & Signature)
  /** Accepted during a migration. */
  | { kind: "unsigned" }
  | { kind: "stripe" }
  | ({ kind: "user" } & UserClaims);

/**
 * Who may call a route:
 * - `migrating-orchestrator`: the orchestrator, without a signature while ALLOW_UNSIGNED_WRITES is true
 * - `reader`: the orchestrator, an admin, or the owner of the franchisee in the path
 */
export type Access = "anyone" | "orchestrator" | "migrating-orchestrator" | "reader" | "admin" | "stripe";

/**
 * Authenticates the sender, and checks that they may call this route. Throws AppError `unauthenticated`, `forbidden`,
 * or `invalid_request` for a webhook.
 */
export async function authenticate(
  access: Access,
  message: SignedMessage,
  franchiseeId: string | undefined,
): Promise<Caller> {
  if (access === "anyone") return { kind: "anyone" };
  if (access === "stripe") {
    // Loading Stripe's SDK at import would lengthen every other function's cold start.
    const { verifyStripeSignature } = await import("./stripe-signature.ts");
    verifyStripeSignature(message, stripeWebhookKeys());
    return { kind: "stripe" };
  }
  const token = access === "reader" || access === "admin" ? bearerToken(message) : undefined;
  if (token !== undefined) {
    const user = await verifyIdToken(token);
    const isForOwner = access === "reader" && franchiseeId !== undefined;
    if (user.admin || (isForOwner && user.franchisees.includes(franchiseeId))) return { kind: "user", ...user };
    throw new AppError(
      "forbidden",
      isForOwner ? "You don't have access to this franchisee." : "Only head office has access to this.",
    );
  }
  if (access === "admin") throw new AppError("unauthenticated", "Send an admin's ID token as Authorization: Bearer.");
  if (access === "migrating-orchestrator" && isUnsigned(message) && allowUnsignedWrites.value()) {
    log.warn("unsigned request accepted", { method: message.method, path: message.target.split("?")[0] });
    return { kind: "unsigned" };
  }
  return { kind: "orchestrator", ...verifySignature(message, orchestratorKeys()) };
}

function bearerToken({ headers }: SignedMessage): string | undefined {
  const values = headers["authorization"] ?? [];
  if (values.length > 1) throw new AppError("unauthenticated", "The header Authorization is given more than once.");
  const [value] = values;
  if (!value) return undefined;
  const token = /^Bearer (\S+)$/i.exec(value)?.[1];
  if (token === undefined) throw new AppError("unauthenticated", "The header Authorization holds no Bearer token.");
  return token;
}

function isUnsigned({ headers }: SignedMessage): boolean {
  return SIGNATURE_HEADERS.every((name) => headers[name] === undefined);
}
