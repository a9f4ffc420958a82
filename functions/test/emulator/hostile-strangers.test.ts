import type { ServedFunction } from "../../tools/local/served-function.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import { newFranchisee, transactionsPath } from "../support/api.ts";
import { expectNoFailures, now, oddText, oddValue, serveTargets, statusOf } from "../support/hostile.ts";
import { RawConnection } from "../support/raw-http.ts";
import { user } from "../support/users.ts";
import fc from "fast-check";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

const SEED = 20_261_126;
const path = transactionsPath(newFranchisee());

let api: ServedFunction;
let webhook: ServedFunction;

beforeAll(async () => {
  [api, webhook] = await serveTargets(await startStripe());
});
afterAll(() => expectNoFailures([api, webhook]));

describe("a request of a stranger", () => {
  test.each<[string, () => string]>([
    ["an empty signature", () => `t=${now()},v1=`],
    ["a version without a signature", () => `t=${now()},v1`],
    ["an empty signature among others", () => `t=${now()},v1=,v1=00,v0=`],
    ["no equals sign at all", () => `t=${now()},v1,v1,,,`],
    ["only a time", () => `t=${now()}`],
    ["non-ASCII characters", () => `t=${now()},v1=\u00ff\u00ff`],
    ["a signature of the maximum header length", () => `t=${now()},v1=${"0".repeat(8_000)}`],
    ["thousands of signatures", () => `t=${now()}${",v1=".repeat(2_000)}`],
  ])("gets a 4xx for a Stripe-Signature with %s", async (_what, header) => {
    expect(
      await statusOf(
        webhook.url,
        "POST",
        "/stripe/webhook",
        [
          ["Stripe-Signature", header()],
          ["Content-Type", "application/json"],
        ],
        "{}",
      ),
    ).toBe(400);
  });

  test.each<[string, string]>([
    ["no signature after its version", "v1,"],
    ["only a version", "v1"],
    ["the version of an asymmetric signature", "v1a,AAAA"],
    ["bytes beyond ASCII", "v1,\u00ff"],
    ["only spaces between", "v1, v1 v1,"],
    ["thousands of signatures", "v1, ".repeat(2_000).trim()],
  ])("gets a 4xx for a webhook-signature of %s", async (_what, signature) => {
    const headers = { ...signedHeaders("POST", { target: path }, ""), "webhook-signature": signature };
    expect(await statusOf(api.url, "POST", path, Object.entries(headers))).toBe(401);
  });

  test("gets a 4xx for any headers about the sender", async () => {
    const names = [
      "Authorization",
      "webhook-id",
      "webhook-timestamp",
      "webhook-signature",
      "Stripe-Signature",
      "Content-Type",
    ];
    const values = fc.oneof(
      oddText,
      fc.constant("").map(() => String(now())),
      fc.constantFrom("t=", "v1,").chain((start) => oddText.map((text) => `${start}${now()},v1${text}`)),
      oddText.map((text) => `Bearer ${text}`),
    );
    const headers = fc.array(fc.tuple(fc.constantFrom(...names), values), { maxLength: 6 });
    const targets = fc.constantFrom<["api" | "webhook", string, string]>(
      ["api", "POST", path],
      ["api", "GET", path],
      ["api", "POST", "/api/verify"],
      ["api", "POST", `${path}/pi_1/resolution`],
      ["api", "POST", path.replace(/transactions$/, "profile")],
      ["webhook", "POST", "/api/stripe/webhook"],
    );
    await fc.assert(
      fc.asyncProperty(targets, headers, oddText, async ([to, method, target], given, body) => {
        const { url } = to === "api" ? api : webhook;
        const status = await statusOf(url, method, target, given, method === "GET" ? "" : body);
        expect([400, 401, 415]).toContain(status);
      }),
      { seed: SEED, numRuns: 1_500 },
    );
  }, 120_000);

  test("gets a response to any ID token, and only the access that it grants", async () => {
    const { uid } = await user({});
    const json = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");
    const claims = fc.dictionary(
      fc.constantFrom("aud", "iss", "sub", "uid", "user_id", "exp", "iat", "auth_time", "email", "firebase"),
      oddValue,
    );
    const header = fc.oneof(
      fc.constant({ alg: "none", typ: "JWT" }),
      fc.dictionary(fc.constantFrom("alg", "kid", "typ", "crit", "b64"), oddValue),
      oddValue,
    );
    const plausible = {
      aud: "demo-moon-portal",
      iss: "https://securetoken.google.com/demo-moon-portal",
      sub: uid,
      iat: now(),
      exp: now() + 3_600,
      auth_time: now(),
    };
    const tokens = fc.oneof(
      fc.tuple(header, claims).map(([head, own]) => `${json(head)}.${json({ ...plausible, ...own })}.`),
      fc.tuple(header, oddValue).map(([head, payload]) => `${json(head)}.${json(payload)}.AAAA`),
      fc.array(oddText, { maxLength: 4 }).map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(tokens, async (token) => {
        const status = await statusOf(api.url, "GET", path, [["Authorization", `Bearer ${token}`]]);
        expect([401, 403]).toContain(status);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  }, 120_000);

  test.each([
    "//",
    "//api/verify",
    "/%",
    "/%zz",
    "/%ff",
    "/api/%c3/%28",
    "/api/franchisees/%ed%a0%80/transactions",
    "/api/franchisees/%2e%2e/transactions",
    "/api/franchisees/acct_1/transactions/%ff/revisions",
    "*",
    "http://[::1/api/verify",
    "http://a:b:c/api/verify",
    "http:///api/verify",
    "https://other/api/%ff",
    "/favicon.ico/%ff",
    "/\\..\\api",
    "/api/verify#%ff",
    "/api/verify?%ff=%",
    "/robots.txt?%",
    "/?a[__proto__]=1",
    "/api/verify;%ff",
    "/\u00ff",
  ])("gets a 4xx for the request target %j", async (target) => {
    for (const method of ["GET", "POST", "OPTIONS", "CONNECT", "PROPFIND"]) {
      for (const { url } of [api, webhook]) {
        const connection = await RawConnection.open(url);
        await connection.send(
          Buffer.from(
            `${method} ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
            "latin1",
          ),
        );
        await connection.closed();
        // The server closes the connection after CONNECT without a response.
        for (const status of connection.statuses) expect(Math.floor(status / 100)).toBe(4);
        if (method !== "CONNECT") expect(connection.statuses).toHaveLength(1);
      }
    }
  });
});
