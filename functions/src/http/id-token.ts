import { z } from "zod";
import { AppError, codeOf } from "../errors.ts";
import { log } from "../log.ts";

export interface UserClaims {
  uid: string;
  /** It may be unverified. */
  email: string | null;
  admin: boolean;
  /** Connected accounts. */
  franchisees: readonly string[];
}

/** Malformed claims grant nothing, as under firestore.rules; in a list, only texts count. */
export const claimsSchema = z.object({
  admin: z
    .unknown()
    .optional()
    .transform((claim) => claim === true),
  franchisees: z
    .array(z.unknown())
    .default([])
    .catch([])
    .transform((claim) => claim.filter((account) => typeof account === "string")),
});

/** A grant is valid only for the address `grantedTo`, as under firestore.rules. Older grants have none. */
const tokenSchema = claimsSchema
  .extend({
    uid: z.string(),
    email: z.string().nullable().default(null).catch(null),
    grantedTo: z.unknown().optional(),
  })
  .transform(({ grantedTo, ...claims }) =>
    grantedTo === undefined || grantedTo === claims.email ? claims : { ...claims, admin: false, franchisees: [] },
  );

const INVALID = "The ID token is not valid.";

const REASONS: Readonly<Record<string, string>> = {
  "auth/id-token-expired": "The ID token has expired.",
  "auth/id-token-revoked": "The ID token has been revoked.",
  "auth/user-disabled": "The user is disabled.",
  "auth/user-not-found": "The user does not exist.",
  "auth/argument-error": INVALID,
  "auth/invalid-uid": INVALID,
};

const jsonSchema = z.base64url().transform((part): unknown => {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    // The schemas below refuse it.
    return undefined;
  }
});

/** What the Admin SDK assumes of a token's three parts. The Auth emulator's tokens have no signature. */
const partsSchema = z.tuple([
  jsonSchema.pipe(z.looseObject({ alg: z.enum(["RS256", "none"]), kid: z.string().optional() })),
  jsonSchema.pipe(z.looseObject({ sub: z.string(), aud: z.string(), iss: z.string() })),
  z.string(),
]);

/**
 * Verifies a Firebase Auth ID token. Sends a request each time, so that disabled users and revoked tokens are rejected
 * at once. Throws AppError `unauthenticated`, or `unavailable` if Firebase Auth cannot be reached.
 */
export async function verifyIdToken(token: string): Promise<UserClaims> {
  const parts = partsSchema.safeParse(token.split("."));
  if (!parts.success) throw new AppError("unauthenticated", INVALID, { cause: parts.error });
  // Loaded with the first token: the orchestrator, which sends most requests, has none.
  const { authentication } = await import("../store/authentication.ts");
  return tokenSchema.parse(await authentication().verifyIdToken(token, true).catch(fail));

  function fail(error: unknown): never {
    if (isUnreachable(error)) {
      throw new AppError("unavailable", "ID tokens cannot be verified at the moment. Retry the same request.", {
        headers: { "Retry-After": "5" },
        cause: error,
      });
    }
    const reason = REASONS[String(codeOf(error))];
    if (reason !== undefined) throw new AppError("unauthenticated", reason, { cause: error });
    if (codeOf(error) !== undefined) throw error;
    // Not one of the SDK's own errors: the token breaks an assumption of the SDK.
    log.warn("ID token could not be verified", { error: String(error) });
    throw new AppError("unauthenticated", INVALID, { cause: error });
  }
}

/**
 * Whether Google could not be reached. If its keys could not be loaded, the SDK's code is that of an invalid token, but
 * its message does not mention the ID token.
 */
function isUnreachable(error: unknown): boolean {
  const code = String(codeOf(error));
  if (code === "auth/argument-error") return error instanceof Error && !error.message.includes("ID token");
  return code.startsWith("app/network");
}
