import Stripe from "stripe";
import { newKey, signedHeaders } from "../../tools/cli/signing.ts";
import { type Access, authenticate } from "../../src/http/auth.ts";
import { log } from "../../src/log.ts";

const KEY = newKey();
const TARGET = "/api/franchisees/acct_1/transactions?limit=1";
const NOW = new Date("2026-11-23T12:00:00Z");

const before = { ...process.env };
beforeAll(() => jest.useFakeTimers({ now: NOW }));
afterAll(() => jest.useRealTimers());
beforeEach(() => {
  Object.assign(process.env, {
    ORCHESTRATOR_SIGNING_SECRET: KEY,
    STRIPE_WEBHOOK_SECRET: "whsec_platform",
    STRIPE_CONNECT_WEBHOOK_SECRET: "none",
    ALLOW_UNSIGNED_WRITES: "false",
  });
});
afterEach(() => {
  process.env = { ...before };
});

const payload = { payload: "{}", secret: "whsec_platform", timestamp: NOW.getTime() / 1000 };
const HEADERS = {
  none: {},
  signed: signedHeaders("POST", { target: TARGET }, "{}", { key: KEY, at: NOW }),
  "wrongly signed": signedHeaders("POST", { target: TARGET }, "{}", { key: newKey(), at: NOW }),
  "signed by Stripe": { "stripe-signature": Stripe.webhooks.generateTestHeaderString(payload) },
  "with half a signature": { "webhook-id": "msg_1" },
  "of another scheme": { authorization: "Basic YTpi" },
  "with a word before the scheme": { authorization: "x Bearer a" },
  "with a word after the token": { authorization: "Bearer a b" },
  "with an empty token": { authorization: "" },
} as const;
type Sent = keyof typeof HEADERS;

function identify(access: Access, sent: Sent): Promise<unknown> {
  const headers = Object.fromEntries(Object.entries(HEADERS[sent]).map(([name, value]) => [name, [value]]));
  return call(access, headers).catch((error: unknown) => error);
}

function call(access: Access, headers: Record<string, string[]>) {
  return authenticate(access, { method: "POST", target: TARGET, headers, rawBody: Buffer.from("{}") }, "acct_1");
}

const ORCHESTRATOR = { kind: "orchestrator", keyIndex: 0, signedAt: NOW };
const refused = (message: string): unknown => expect.objectContaining({ code: "unauthenticated", message });
const UNSIGNED = refused("The request is not signed: the header webhook-id is missing.");
const HALF_SIGNED = refused("The request is not signed: the header webhook-timestamp is missing.");
const MISMATCH = refused("The webhook-signature does not match.");
const NO_BEARER = refused("The header Authorization holds no Bearer token.");

test.each<[Access, Sent, unknown]>([
  ["anyone", "none", { kind: "anyone" }],
  ["anyone", "wrongly signed", { kind: "anyone" }],
  ["orchestrator", "none", UNSIGNED],
  ["orchestrator", "signed", ORCHESTRATOR],
  ["orchestrator", "wrongly signed", MISMATCH],
  ["orchestrator", "signed by Stripe", UNSIGNED],
  // A token is for readers: on this route it is not even checked.
  ["orchestrator", "of another scheme", UNSIGNED],
  ["migrating-orchestrator", "none", UNSIGNED],
  ["migrating-orchestrator", "signed", ORCHESTRATOR],
  ["reader", "none", UNSIGNED],
  ["reader", "signed", ORCHESTRATOR],
  ["reader", "wrongly signed", MISMATCH],
  ["reader", "of another scheme", NO_BEARER],
  ["reader", "with a word before the scheme", NO_BEARER],
  ["reader", "with a word after the token", NO_BEARER],
  ["reader", "with an empty token", UNSIGNED],
  ["admin", "none", refused("Send an admin's ID token as Authorization: Bearer.")],
  ["admin", "signed", refused("Send an admin's ID token as Authorization: Bearer.")],
  ["admin", "of another scheme", NO_BEARER],
  ["stripe", "signed by Stripe", { kind: "stripe" }],
  ["stripe", "signed", expect.objectContaining({ code: "invalid_request" })],
])("on a route for %s, a request (%s) gets the expected caller or error", async (access, sent, expected) => {
  expect(await identify(access, sent)).toEqual(expected);
});

test.each<[Access, Sent, unknown]>([
  ["migrating-orchestrator", "none", { kind: "unsigned" }],
  ["migrating-orchestrator", "signed", ORCHESTRATOR],
  ["migrating-orchestrator", "wrongly signed", MISMATCH],
  ["migrating-orchestrator", "with half a signature", HALF_SIGNED],
  ["orchestrator", "none", UNSIGNED],
  ["reader", "none", UNSIGNED],
])(
  "while unsigned writes are accepted, on a route for %s, a request (%s) gets the expected caller or error",
  async (access, sent, expected) => {
    process.env["ALLOW_UNSIGNED_WRITES"] = "true";
    const warn = jest.spyOn(log, "warn").mockReturnValue();
    expect(await identify(access, sent)).toEqual(expected);
    // A query may contain personal data, so it is not logged.
    const line = ["unsigned request accepted", { method: "POST", path: "/api/franchisees/acct_1/transactions" }];
    const isAccepted = access === "migrating-orchestrator" && sent === "none";
    expect(warn.mock.calls).toEqual(isAccepted ? [line] : []);
    warn.mockRestore();
  },
);

test("a request with two tokens is refused", async () => {
  await expect(call("reader", { authorization: ["Bearer a", "Bearer a"] })).rejects.toEqual(
    refused("The header Authorization is given more than once."),
  );
});
