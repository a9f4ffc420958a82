import { lines } from "../support/captured-log.ts";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { AppError } from "../../src/errors.ts";
import { authenticate } from "../../src/http/auth.ts";
import { claimsSchema, verifyIdToken } from "../../src/http/id-token.ts";
import { type Google, idToken, nowSeconds, startFakeGoogle } from "../support/google.ts";

let google: Google;

beforeAll(async () => {
  google = await startFakeGoogle();
});
beforeEach(() => {
  Object.assign(google, { users: { ada: {} }, unreachable: undefined, failing: undefined });
});
afterAll(() => google.close());

const refused = (message: string): unknown =>
  expect.objectContaining({ code: "unauthenticated", message, cause: expect.anything() as unknown });

test.each<[string, claims: object, { admin: boolean; franchisees: string[] }]>([
  ["nothing", {}, { admin: false, franchisees: [] }],
  ["an admin", { admin: true }, { admin: true, franchisees: [] }],
  ["a former admin", { admin: false }, { admin: false, franchisees: [] }],
  ["an admin flag as text", { admin: "true" }, { admin: false, franchisees: [] }],
  ["a franchisee", { franchisees: ["acct_1"] }, { admin: false, franchisees: ["acct_1"] }],
  ["more than texts", { franchisees: [5, "acct_1", null] }, { admin: false, franchisees: ["acct_1"] }],
  ["a text", { franchisees: "acct_1" }, { admin: false, franchisees: [] }],
  ["a map", { franchisees: { acct_1: true } }, { admin: false, franchisees: [] }],
])("claims of %s grant the right access", (_what, claims, granted) => {
  expect(claimsSchema.parse(claims)).toEqual(granted);
});

test.each<[string, claims: object, object]>([
  [
    "a franchisee",
    { franchisees: ["acct_1"], email: "ada@example.com" },
    { admin: false, franchisees: ["acct_1"], email: "ada@example.com" },
  ],
  [
    "a franchisee, granted by email address",
    { franchisees: ["acct_1"], email: "ada@example.com", grantedTo: "ada@example.com" },
    { admin: false, franchisees: ["acct_1"], email: "ada@example.com" },
  ],
  [
    "an admin whose address has changed since the grant",
    { admin: true, franchisees: ["acct_1"], email: "eve@example.com", grantedTo: "ada@example.com" },
    { admin: false, franchisees: [], email: "eve@example.com" },
  ],
  [
    "an admin who has lost the address",
    { admin: true, grantedTo: "ada@example.com" },
    { admin: false, franchisees: [], email: null },
  ],
  ["an admin without an email address", { admin: true }, { admin: true, franchisees: [], email: null }],
])("the token of %s grants the right access", async (_who, claims, granted) => {
  expect(await verifyIdToken(idToken("ada", claims))).toEqual({ uid: "ada", ...granted });
});

test.each<[string, () => string, string]>([
  ["garbage", () => "garbage", "The ID token is not valid."],
  ["of another project", () => idToken("ada", { aud: "demo-other" }), "The ID token is not valid."],
  ["of another issuer", () => idToken("ada", { iss: "https://example.com" }), "The ID token is not valid."],
  ["signed by another key", () => idToken("ada", {}, { key: stranger() }), "The ID token is not valid."],
  ["of an unknown key", () => idToken("ada", {}, { header: { kid: "key-2" } }), "The ID token is not valid."],
  ["without a key id", () => idToken("ada", {}, { header: { kid: undefined } }), "The ID token is not valid."],
  ["without a signature", () => idToken("ada", {}, { header: { alg: "none" } }), "The ID token is not valid."],
  ["with a payload that is not JSON", () => idToken("ada").replace(/\..*\./, ".AAAA."), "The ID token is not valid."],
  ["that has expired", () => idToken("ada", { exp: nowSeconds(-60) }), "The ID token has expired."],
  ["of an unknown user", () => idToken("bob"), "The user does not exist."],
  ["of a disabled user", () => tokenOf({ disabled: true }), "The user is disabled."],
  ["that was revoked", () => tokenOf({ validSince: String(nowSeconds(60)) }), "The ID token has been revoked."],
])("a token %s is refused", async (_what, token, message) => {
  await expect(verifyIdToken(token())).rejects.toEqual(refused(message));
});

const NESTED = Buffer.from(`{"sub":"x","iss":"x","aud":${"[".repeat(6_000)}${"]".repeat(6_000)}}`).toString(
  "base64url",
);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");

test.each<[string, string]>([
  ["nothing", ""],
  ["two full stops", ".."],
  ["a header that is not JSON", `AAAA.${part({})}.AAAA`],
  ["a null header", `${part(null)}.${part({})}.AAAA`],
  ["a null payload", idToken("ada").replace(/\..*\./, `.${part(null)}.`)],
  ["a list as payload", idToken("ada").replace(/\..*\./, `.${part([])}.`)],
  ["an empty key id", idToken("ada", {}, { header: { kid: "" }, key: stranger() })],
  ["a null key id", idToken("ada", {}, { header: { kid: null } })],
  ["a numeric algorithm", idToken("ada", {}, { header: { alg: 5 } })],
  ["an object as algorithm", idToken("ada", {}, { header: { alg: { toString: null } } })],
  ["a subject of 129 letters", idToken("a".repeat(129))],
  ["no subject, but an event's type", idToken("ada", { sub: undefined, event_type: "beforeSendSms" })],
  ["a legacy custom token", `${part({ alg: "HS256" })}.${part({ v: 0, d: 5 })}.AAAA`],
  ["a legacy custom token with a subject", `${part({ alg: "HS256" })}.${part({ sub: "x", v: 0, d: 5 })}.AAAA`],
  ["an audience that is not text", idToken("ada", { aud: { toString: 1, valueOf: 1 } })],
  ["an audience without toString", idToken("ada", { aud: { toString: null } })],
  ["an issuer that is not text", idToken("ada", { iss: { toString: 1, valueOf: 1 } })],
  ["a deeply nested audience", `${part({ alg: "RS256", kid: "k" })}.${NESTED}.AAAA`],
])("a token with %s is refused, before the Admin SDK could fail", async (_what, token) => {
  lines.length = 0;
  await expect(verifyIdToken(token)).rejects.toEqual(refused("The ID token is not valid."));
  expect(lines).toEqual([]);
});

test("any other token is refused as invalid", async () => {
  const parts = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }).map(part),
    fc.string({ unit: "binary-ascii" }),
    fc
      .dictionary(
        fc.constantFrom("alg", "kid", "typ", "aud", "iss", "sub", "exp", "iat", "auth_time"),
        fc.jsonValue({ maxDepth: 1 }),
      )
      .map((fields) => part({ alg: "RS256", kid: "key-1", aud: "demo-moon-portal", ...fields })),
  );
  const tokens = fc.array(parts, { minLength: 1, maxLength: 4 }).map((all) => all.join("."));
  await fc.assert(
    fc.asyncProperty(tokens, async (token) => {
      await expect(verifyIdToken(token)).rejects.toEqual(refused("The ID token is not valid."));
    }),
    { seed: 20_261_126, numRuns: 1_000 },
  );
});

test.each<[string, () => unknown]>([
  ["Google's certificates cannot be reached", () => (google.unreachable = "certificates")],
  ["Google has no certificates to give", () => (google.failing = "certificates")],
  ["Firebase Auth cannot be reached", () => (google.unreachable = "accounts")],
])("while %s the response is 503, to be retried", async (_what, breakGoogle) => {
  breakGoogle();
  await expect(verifyIdToken(idToken("ada"))).rejects.toMatchObject({
    code: "unavailable",
    message: "ID tokens cannot be verified at the moment. Retry the same request.",
    headers: { "Retry-After": "5" },
    cause: expect.anything() as unknown,
  });
});

test("other errors are not reported as the caller's", async () => {
  google.failing = "accounts";
  await expect(verifyIdToken(idToken("ada"))).rejects.not.toBeInstanceOf(AppError);
});

const admin = { kind: "user", uid: "ada", email: null, admin: true, franchisees: [] };
const owner = { ...admin, admin: false, franchisees: ["acct_1"] };
const BOTH = { franchisees: ["acct_1", "acct_2"] };
const forbidden = (message: string): unknown => expect.objectContaining({ code: "forbidden", message });
const NOT_YOURS = forbidden("You don't have access to this franchisee.");
const NOT_HEAD_OFFICE = forbidden("Only head office has access to this.");

describe.each<[string, claims: object, Record<string, unknown>]>([
  ["an admin", { admin: true }, { "reader of acct_1": admin, "reader of ": admin, "admin of ": admin }],
  ["the owner", { franchisees: ["acct_1"] }, { "reader of acct_1": owner, "admin of acct_1": NOT_HEAD_OFFICE }],
  ["an owner of both", BOTH, { "reader of acct_1": { ...owner, ...BOTH }, "reader of acct_2": { ...owner, ...BOTH } }],
  ["a user without claims", {}, { "reader of acct_1": NOT_YOURS, "admin of ": NOT_HEAD_OFFICE }],
  [
    "the owner of another",
    { franchisees: ["acct_2"] },
    { "reader of acct_1": NOT_YOURS, "reader of ": NOT_HEAD_OFFICE },
  ],
])("the token of %s, on a route for", (_who, claims, callers) => {
  test.each(Object.entries(callers))("a %s, has the right access", async (route, caller) => {
    const [access, franchiseeId] = route.split(" of ");
    const headers = { authorization: [`bearer ${idToken("ada", claims)}`] };
    const found = authenticate(
      access === "admin" ? "admin" : "reader",
      { method: "GET", target: "/api/x", headers, rawBody: Buffer.alloc(0) },
      franchiseeId || undefined,
    );
    expect(await found.catch((error: unknown) => error)).toEqual(caller);
  });
});

function stranger() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
}

function tokenOf(user: Google["users"][string]): string {
  google.users = { ada: user };
  return idToken("ada");
}
