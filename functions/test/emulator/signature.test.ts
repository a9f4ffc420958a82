import { createHash } from "node:crypto";
import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { stopServices } from "../../tools/local/processes.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { localKeys, newKey, signedHeaders, type Signing } from "../../tools/cli/signing.ts";
import { type ApiResponse, HOSTING, newFranchisee, newPayment, send, transactionsPath } from "../support/api.ts";
import { transactionsOf } from "../support/database.ts";
import { legacyExample } from "../support/records.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);

let franchiseeId: string;
let url: string;
let body: string;

beforeEach(() => {
  franchiseeId = newFranchisee();
  url = HOSTING + transactionsPath(franchiseeId);
  body = JSON.stringify({ ...legacyExample, stripePaymentId: newPayment() });
});

afterAll(stopServices);

const sign = (signing: Signing = {}): Record<string, string> => signedHeaders("POST", url, body, signing);
const deliver = (headers: Record<string, string>, sent = body, to = url): Promise<ApiResponse> =>
  send(to, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: Buffer.from(sent) });

async function written(): Promise<number> {
  return (await transactionsOf(franchiseeId).get()).size;
}

const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(sign()).filter(([header]) => header !== name));

const MISMATCH = "The webhook-signature does not match.";
const SERVER_TIME = /^The webhook-timestamp is more than 5 minutes off the server's time, \d{4}-\d\d-\d\dT[\d:.]+Z\.$/;

describe("a record", () => {
  test.each<[string, () => Promise<ApiResponse>, string | RegExp]>([
    ["without any header", () => deliver({}), "The request is not signed: the header webhook-id is missing."],
    [
      "without its signature",
      () => deliver(without("webhook-signature")),
      "The request is not signed: the header webhook-signature is missing.",
    ],
    [
      "without its timestamp",
      () => deliver(without("webhook-timestamp")),
      "The request is not signed: the header webhook-timestamp is missing.",
    ],
    ["signed with another key", () => deliver(sign({ key: newKey() })), MISMATCH],
    ["signed over another body", () => deliver(sign(), body.replace("544500", "544501")), MISMATCH],
    ["with one space added to its body", () => deliver(sign(), body.replace(",", ", ")), MISMATCH],
    ["with a byte order mark added", () => deliver(sign(), `\ufeff${body}`), MISMATCH],
    ["signed for another method", () => deliver(signedHeaders("GET", url, body)), MISMATCH],
    ["signed for another path", () => deliver(signedHeaders("POST", `${HOSTING}/api/verify`, body)), MISMATCH],
    [
      "signed for another franchisee",
      () => deliver(signedHeaders("POST", HOSTING + transactionsPath("acct_other"), body)),
      MISMATCH,
    ],
    ["signed for another query", () => deliver(signedHeaders("POST", `${url}?a=1`, body)), MISMATCH],
    ["sent with another query", () => deliver(sign(), body, `${url}?a=1`), MISMATCH],
    ["with another id", () => deliver({ ...sign(), "webhook-id": "msg_other" }), MISMATCH],
    ["with another timestamp", () => deliver({ ...sign(), "webhook-timestamp": nowSeconds(-9) }), MISMATCH],
    ["signed six minutes ago", () => deliver(sign({ at: minutes(-6) })), SERVER_TIME],
    ["signed six minutes ahead", () => deliver(sign({ at: minutes(6) })), SERVER_TIME],
    [
      "with an invalid timestamp",
      () => deliver({ ...sign(), "webhook-timestamp": "yesterday" }),
      "The header webhook-timestamp is not a time in Unix seconds.",
    ],
    [
      "with headers that a proxy joined",
      () => deliver({ ...sign(), "webhook-signature": `v1,AAAA, ${sign()["webhook-signature"]}` }),
      "The header webhook-signature is given more than once.",
    ],
    ["with a full stop in its id", () => deliver(sign({ id: "a.b" })), "The header webhook-id contains a full stop."],
    ["with a signature without a version", () => deliver({ ...sign(), "webhook-signature": "abc" }), MISMATCH],
    ["with a signature of another version", () => deliver(versioned("v2")), MISMATCH],
  ])("is refused, with the reason, and nothing is written: %s", async (_what, attack, reason) => {
    const { status, body: response } = await attack();
    expect([status, Object.keys(response ?? {}).toSorted()]).toEqual([401, ["error", "success", "transactions"]]);
    expect(response?.error).toMatchObject({ code: "unauthenticated", details: [] });
    if (typeof reason === "string") expect(response?.error?.message).toBe(reason);
    else expect(response?.error?.message).toMatch(reason);
    expect(await written()).toBe(0);
  });

  test("is refused if it is gzipped, whatever was signed", async () => {
    const headers = { ...JSON_TYPE, ...sign(), "Content-Encoding": "gzip" };
    const response = await send(url, { method: "POST", headers, body: gzipSync(body) });
    expect([response.status, response.body?.error?.code]).toEqual([415, "unsupported_media_type"]);
    expect(await written()).toBe(0);
  });

  test("is refused with a header of 100 kB", async () => {
    const { status } = await deliver({ ...sign(), "webhook-signature": "v1,a ".repeat(20_000) });
    expect([400, 431]).toContain(status);
    expect(await written()).toBe(0);
  });
});

test("an unsigned sender gets no information about the schema", async () => {
  const responses = await Promise.all([
    deliver({}, "{}"),
    deliver({}, ""),
    deliver({ "Content-Type": "text/plain" }, "hello"),
    deliver({}, body, HOSTING + transactionsPath("no-franchisee")),
  ]);
  const [first] = responses.map(({ text }) => withoutRequestId(text));
  for (const { status, text } of responses) expect([status, withoutRequestId(text)]).toEqual([401, first]);
});

/** The only part of an error that differs between two requests. */
function withoutRequestId(text: string): string {
  return text.replace(/"requestId":"[\da-f-]{32,36}"/, '"requestId":""');
}

describe("a valid record", () => {
  test.each<[string, () => Record<string, string>]>([
    ["signed with the first key", () => sign({ key: localKeys()[0] })],
    ["signed with the second key", () => sign({ key: localKeys()[1] })],
    ["signed four minutes ago", () => sign({ at: minutes(-4) })],
    ["signed four minutes ahead", () => sign({ at: minutes(4) })],
    ["with two signatures, one of them correct", twice],
  ])("is accepted: %s", async (_what, headers) => {
    expect((await deliver(headers())).body?.outcome).toBe("created");
    expect(await written()).toBe(1);
  });

  test("is accepted with letters of every script", async () => {
    body = JSON.stringify({ ...legacyExample, stripePaymentId: newPayment(), name: "Zoë 名前 🌙" });
    expect((await deliver(sign())).body?.outcome).toBe("created");
  });

  test("is a duplicate if it is repeated within five minutes", async () => {
    const headers = sign();
    await deliver(headers);
    expect((await deliver(headers)).body?.outcome).toBe("duplicate");
  });
});

test("a record has the time of its signature", async () => {
  const at = minutes(-3);
  await deliver(sign({ at }));
  const [document] = (await transactionsOf(franchiseeId).get()).docs;
  expect(document?.data()["goldenSentAt"]).toMatchObject({ seconds: Math.floor(at.getTime() / 1000), nanoseconds: 0 });
});

test("a GET is signed with its query, and refused without", async () => {
  const query = `${url}?limit=1&from=2025-11-01T00%3A00%3A00%2B01%3A00`;
  const get = (headers: Record<string, string>) => send(query, { headers });
  expect((await get(signedHeaders("GET", query, ""))).status).toBe(200);
  expect((await get(signedHeaders("GET", url, ""))).status).toBe(401);
  expect((await get(signedHeaders("POST", query, ""))).status).toBe(401);
  expect((await get({})).status).toBe(401);
});

test("POST /api/verify shows a signed sender what the server received", async () => {
  url = `${HOSTING}/api/verify?x=1`;
  body = "{}";
  const at = minutes(0);
  const { status, body: response } = await deliver(sign({ key: localKeys()[1], at }));
  expect([status, response]).toEqual([
    200,
    {
      success: true,
      method: "POST",
      path: "/api/verify?x=1",
      bodyLength: 2,
      bodySha256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
      keyIndex: 1,
      signedAt: new Date(Math.floor(at.getTime() / 1000) * 1000).toISOString(),
      transactions: [],
    },
  ]);
});

describe("POST /api/verify, with a refused signature, shows what the server received", () => {
  beforeEach(() => (url = `${HOSTING}/api/verify?x=1`));
  const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
  const received = (sent: string | Buffer, others: object) => ({
    method: "POST",
    path: "/api/verify?x=1",
    bodyLength: Buffer.byteLength(sent),
    bodySha256: sha256(sent),
    ...others,
  });

  const compact = '{"name":"Zo\u00eb \u540d"}';
  const spaced = '{"name": "Zo\u00eb \u540d"}';
  const FIXED = { id: "msg_seen", at: new Date() };
  const signed = { timestamp: String(Math.floor(FIXED.at.getTime() / 1000)), messageId: "msg_seen", signatures: 1 };

  test.each<
    [string, signedBody: string, sentBody: string, change: (headers: Record<string, string>) => object, object, RegExp]
  >([
    ["spaced JSON, signed compact", compact, spaced, (headers) => headers, signed, /does not match/],
    ["compact JSON, signed spaced", spaced, compact, (headers) => headers, signed, /does not match/],
    ["a line break at the end of the body", compact, `${compact}\n`, (headers) => headers, signed, /does not match/],
    ["no body", compact, "", (headers) => headers, signed, /does not match/],
    [
      "two signatures, both wrong",
      spaced,
      compact,
      (headers) => ({ ...headers, "webhook-signature": "v1,AAAA v1a,BBBB" }),
      { ...signed, signatures: 2 },
      /does not match/,
    ],
    [
      "two signatures that a proxy joined",
      compact,
      compact,
      (headers) => ({ ...headers, "webhook-signature": `v1,AAAA, ${headers["webhook-signature"]}` }),
      { ...signed, signatures: 2 },
      /more than once/,
    ],
    [
      "milliseconds",
      compact,
      compact,
      (headers) => ({ ...headers, "webhook-timestamp": `${signed.timestamp}000` }),
      { ...signed, timestamp: `${signed.timestamp}000` },
      /not a time in Unix seconds/,
    ],
    [
      "a clock that is an hour slow",
      compact,
      compact,
      (headers) => ({ ...headers, "webhook-timestamp": String(Number(signed.timestamp) - 3600) }),
      { ...signed, timestamp: String(Number(signed.timestamp) - 3600) },
      SERVER_TIME,
    ],
    ["no signature", compact, compact, () => ({}), { timestamp: null, messageId: null, signatures: 0 }, /not signed/],
  ])("for %s", async (_what, signedBody, sentBody, change, others, message) => {
    const headers = signedHeaders("POST", url, signedBody, FIXED);
    const response = await send(url, {
      method: "POST",
      headers: { ...JSON_TYPE, ...change(headers) },
      ...(sentBody !== "" && { body: Buffer.from(sentBody) }),
    });
    expect([response.status, response.body?.error?.code, response.body?.error?.message]).toEqual([
      401,
      "unauthenticated",
      expect.stringMatching(message),
    ]);
    expect(response.body?.["received"]).toEqual(received(sentBody, others));
  });

  test("but nothing of the body, a key or the correct signature, nor whether the key is known", async () => {
    body = '{"name":"Body Of Somebody","card":"4242424242424242"}';
    const at = new Date();
    const [right, otherKey] = [localKeys()[1], newKey()].map(
      (key) => sign({ key, at, id: "msg_1" })["webhook-signature"],
    );
    const responses = await Promise.all(
      // Only the last character is wrong, or all of it.
      [`${right?.slice(0, -2)}A=`, `${right?.slice(0, -2)}B=`, otherKey ?? "", "v1,AAAA"]
        .filter((one) => one !== right)
        .map((one) => deliver({ ...sign({ at, id: "msg_1" }), "webhook-signature": one })),
    );
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 401));
    // Equal byte for byte except for the requestId, whatever was wrong.
    expect(new Set(responses.map(({ text }) => withoutRequestId(text))).size).toBe(1);
    const [{ text } = { text: "" }] = responses;
    const secrets = localKeys().map((key) => key.slice("whsec_".length));
    for (const secret of ["Body Of Somebody", "42424242", right?.slice(3, -4) ?? "", ...secrets])
      expect(text).not.toContain(secret);
  });

  test("for bytes that are not UTF-8", async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    const headers = { "Content-Type": "application/octet-stream", ...sign(FIXED) };
    const response = await send(url, { method: "POST", headers, body: bytes });
    expect([response.status, response.body?.["received"]]).toEqual([400, received(bytes, signed)]);
  });
});

test("no other path shows what it received with a refused signature", async () => {
  const response = await deliver(sign({ key: newKey() }));
  expect([response.status, response.body?.["received"]]).toEqual([401, undefined]);
});

describe("a deployment", () => {
  const serve = (env: NodeJS.ProcessEnv) => serveFunction("api", ADDRESS.firestore, { env });

  test("that accepts unsigned records states it in the response, and still refuses wrong signatures and unsigned reads", async () => {
    url = (await serve({ ALLOW_UNSIGNED_WRITES: "true" })).url + transactionsPath(franchiseeId);
    expect((await deliver({})).body).toMatchObject({
      outcome: "created",
      warnings: ["This request is not signed. Unsigned requests are accepted only during the migration."],
    });
    const refused = await deliver({}, "{}");
    expect([refused.status, refused.headers.get("portal-signature")]).toEqual([400, "missing"]);
    const signed = await deliver(sign());
    expect([signed.body?.warnings, signed.headers.get("portal-signature")]).toEqual([undefined, null]);
    expect((await deliver(sign({ key: newKey() }))).status).toBe(401);
    expect((await deliver(without("webhook-id"))).status).toBe(401);
    expect((await send(url)).status).toBe(401);
  });

  test("refuses a former key, and a repeated header", async () => {
    const [old, current] = localKeys();
    url = (await serve({ ORCHESTRATOR_SIGNING_SECRET: current })).url + transactionsPath(franchiseeId);
    expect((await deliver(sign({ key: old }))).status).toBe(401);
    expect(await statusOfRaw({ ...sign({ key: current }), ...JSON_TYPE }, "webhook-id")).toBe(401);
    expect((await deliver(sign({ key: current }))).body?.outcome).toBe("created");
  });

  test("without a key in its secret does not start, logs the reason, and shows nothing of the secret", async () => {
    const start = serve({ ORCHESTRATOR_SIGNING_SECRET: "whsec_short" });
    await expect(start).rejects.toThrow(
      /"severity":"ERROR".*ORCHESTRATOR_SIGNING_SECRET does not hold one or two whsec_… keys/,
    );
    await expect(start).rejects.not.toThrow("whsec_short");
  });
});

/** The status of a request with a repeated header, which fetch cannot send. */
function statusOfRaw(headers: Record<string, string>, twiceSent: string): Promise<number | undefined> {
  const raw = Object.entries(headers).flatMap(([name, value]) =>
    name === twiceSent ? [name, value, name, value] : [name, value],
  );
  raw.push("Host", new URL(url).host, "Content-Length", String(Buffer.byteLength(body)));
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers: raw }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

function nowSeconds(offset: number): string {
  return String(Math.floor(Date.now() / 1000) + offset);
}

function versioned(version: string): Record<string, string> {
  const headers = sign();
  return { ...headers, "webhook-signature": headers["webhook-signature"]?.replace("v1", version) ?? "" };
}

function twice(): Record<string, string> {
  const id = "msg_rotating";
  const at = minutes(0);
  const [wrong, right] = [sign({ id, at, key: newKey() }), sign({ id, at })].map(
    (headers) => headers["webhook-signature"],
  );
  return { ...sign({ id, at }), "webhook-signature": `${wrong} ${right}` };
}
