import { readFileSync } from "node:fs";
import { request } from "node:http";
import fc from "fast-check";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { localKeys, newKey, signedHeaders } from "../../tools/cli/signing.ts";
import { newFranchisee, transactionsPath } from "../support/api.ts";
import { transactionsOf } from "../support/database.ts";
import { failuresIn } from "../support/hostile.ts";
import { legacyExample } from "../support/records.ts";

const SEED = 20_261_123;
const RUNS = 2_000;

/** Has a payment that no request here may see. */
const victim = newFranchisee();
const SECRET_NAME = "A Customer Of Somebody Else";
/** Only correctly signed requests may write anything here. */
const signedTo = newFranchisee();
const unsignedTo = newFranchisee();

let service: Awaited<ReturnType<typeof serveFunction>>;

beforeAll(async () => {
  service = await serveFunction("api", ADDRESS.firestore);
  await transactionsOf(victim)
    .doc("pi_1")
    .set({ ...legacyExample, name: SECRET_NAME, createdAt: new Date() });
});

afterAll(stopServices);

type Signed = "rightly" | "not at all" | "with another key" | "over another body" | "for another path" | "brokenly";

interface Attempt {
  signed: Signed;
  method: string;
  path: string;
  query: string;
  contentType: string;
  body: string;
}

const asciiText = fc.string({ unit: fc.constantFrom(...Array.from("azAZ019_-.~%/?&=+:@!$'()*,;")), maxLength: 40 });
const encoded = fc.string({ unit: "grapheme", maxLength: 10 }).map(encodeURIComponent);
const anyValue = fc.jsonValue({ maxDepth: 2 });

/** The sample record with some fields replaced, or no record, or invalid JSON. */
const bodies = fc.oneof(
  fc
    .dictionary(
      fc.constantFrom(...Object.keys(legacyExample), "currency", "livemode", "correction", "__proto__"),
      anyValue,
    )
    .map((replaced) => JSON.stringify({ ...legacyExample, ...replaced })),
  fc
    .record({ amount_total: fc.nat(), status: fc.constantFrom("succeeded", "processing") })
    .map((fields) => JSON.stringify({ ...legacyExample, stripePaymentId: "pi_fuzz", ...fields })),
  anyValue.map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 60 }),
  // Truncated.
  fc.nat().map((length) => brokenOff(length)),
);

function brokenOff(length: number): string {
  const whole = JSON.stringify(legacyExample);
  return whole.slice(0, length % whole.length);
}

const attempts: fc.Arbitrary<Attempt> = fc.record({
  signed: fc.constantFrom<Signed>(
    "rightly",
    "rightly",
    "not at all",
    "with another key",
    "over another body",
    "for another path",
    "brokenly",
  ),
  method: fc.constantFrom("POST", "POST", "POST", "GET", "GET", "PUT", "DELETE", "PATCH", "HEAD"),
  path: fc.oneof(
    { weight: 4, arbitrary: fc.constant(transactionsPath("acct_here")) },
    { weight: 1, arbitrary: fc.constant("/api/verify") },
    { weight: 1, arbitrary: encoded.map((text) => transactionsPath(`acct_${text}`)) },
    { weight: 1, arbitrary: asciiText.map((text) => `/${text}`) },
  ),
  query: fc.oneof(
    fc.constant(""),
    fc.dictionary(fc.constantFrom("limit", "cursor", "status", "from", "to", "x"), encoded).map(
      (query) =>
        `?${Object.entries(query)
          .map(([name, value]) => `${name}=${value}`)
          .join("&")}`,
    ),
    asciiText.map((text) => `?${text}`),
  ),
  contentType: fc.constantFrom(
    "application/json",
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "",
  ),
  body: bodies,
});

interface FuzzResponse {
  status: number;
  text: string;
}

function send({ signed, method, path, query, contentType, body }: Attempt): Promise<FuzzResponse> {
  const target = path.replace("acct_here", signed === "rightly" ? signedTo : unsignedTo) + query;
  const sent = method === "GET" || method === "HEAD" ? "" : body;
  const headers: Record<string, string | number> = { "Content-Length": Buffer.byteLength(sent) };
  if (contentType !== "") headers["Content-Type"] = contentType;
  Object.assign(headers, signature(signed, method, target, sent));
  return new Promise((resolve, reject) => {
    const outgoing = request(service.url, { method, path: target, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.once("error", reject);
    outgoing.end(sent);
  });
}

function signature(signed: Signed, method: string, target: string, body: string): Record<string, string> {
  // Signs the path as sent: a URL parser would normalise it.
  const sign = (path: string, text: string, key?: string) => signedHeaders(method, { target: path }, text, { key });
  const headers: Record<Signed, () => Record<string, string>> = {
    rightly: () => sign(target, body),
    "not at all": () => ({}),
    "with another key": () => sign(target, body, newKey()),
    "over another body": () => sign(target, `${body} `),
    "for another path": () => sign(`${target}/`, body),
    brokenly: () => ({ ...sign(target, body), "webhook-signature": "v1," }),
  };
  return headers[signed]();
}

test(`no request of ${RUNS} (seed ${SEED}) causes a failure, writes unsigned, or reads another franchisee's data`, async () => {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(attempts, async (attempt) => {
      const { status, text } = await send(attempt);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
      if (attempt.signed !== "rightly") expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toContain(SECRET_NAME);
      expect(text).not.toMatch(/whsec_|node_modules|\bat .+:\d+:\d+/);
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // The test is meaningful only if some requests succeeded.
  expect(seen.get(200)).toBeGreaterThan(20);
  expect(seen.get(401)).toBeGreaterThan(500);
  expect((await transactionsOf(unsignedTo).get()).size).toBe(0);
  expect((await transactionsOf(signedTo).get()).size).toBeGreaterThan(0);

  process.stderr.write(`Fuzzing: ${RUNS} requests with the seed ${SEED}, by status ${JSON.stringify([...seen])}\n`);
  const log = readFileSync(service.logFile, "utf8");
  expect(log.split("\n").filter((line) => line.startsWith("{")).length).toBeGreaterThan(1_000);
  expect(log).not.toMatch(/\bat .+:\d+:\d+/);
  expect(failuresIn(service.logFile)).toEqual([]);
  for (const key of localKeys()) expect(log).not.toContain(key);
  for (const text of [legacyExample.name, legacyExample.email, legacyExample.phone]) expect(log).not.toContain(text);
});
