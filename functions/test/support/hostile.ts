import { readFileSync } from "node:fs";
import { request } from "node:http";
import fc from "fast-check";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { type ServedFunction, serveFunction } from "../../tools/local/served-function.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { webhookEnvironment } from "./webhooks.ts";

export const now = (): number => Math.floor(Date.now() / 1000);

/** Retries while the database is overloaded. A 503 with any other cause never ends. */
export async function retryWhileBusy(send: () => Promise<number>): Promise<number> {
  for (;;) {
    const status = await send();
    if (status !== 503) return status;
  }
}

/** Serves each function that is exposed to strangers and senders separately: the API and Stripe's webhook. */
export async function serveTargets(fake: FakeStripe): Promise<[api: ServedFunction, webhook: ServedFunction]> {
  return Promise.all([
    serveFunction("api", ADDRESS.firestore, { env: { FIREBASE_AUTH_EMULATOR_HOST: ADDRESS.auth } }),
    serveFunction("stripeWebhook", ADDRESS.firestore, { env: webhookEnvironment(fake) }),
  ]);
}

/** Stops the functions, and fails if one has logged a failure. */
export async function expectNoFailures(served: readonly ServedFunction[]): Promise<void> {
  await stopServices();
  for (const { logFile } of served) expect(failuresIn(logFile)).toEqual([]);
}

/** The failures that a served function or its framework logged, except for an overloaded database. */
export function failuresIn(logFile: string): string[] {
  const lines = readFileSync(logFile, "utf8").split("\n");
  const isBusy = (line: string): boolean => /"code":"unavailable".*DEADLINE_EXCEEDED/.test(line);
  return lines.filter((line) => !isBusy(line) && /"severity":"ERROR"|^\s+at |^\w*(Error|Warning)\b/.test(line));
}

/** Sends raw headers in the given order, including repeated ones. */
export function statusOf(
  url: string,
  method: string,
  target: string,
  headers: [string, string][],
  body = "",
): Promise<number> {
  return new Promise((resolve, reject) => {
    const raw = [...headers, ["Host", "127.0.0.1"], ["Content-Length", String(Buffer.byteLength(body))]].flat();
    const outgoing = request(url, { method, path: target, headers: raw }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** Texts that often break libraries, and random ones. */
export const oddText = fc.oneof(
  fc.constantFrom(
    "",
    ",",
    "=",
    ".",
    "..",
    "v1",
    "v1,",
    "v1=",
    "t=",
    "null",
    "{}",
    "__proto__",
    "a".repeat(3_000),
    "é",
    "ÿ",
  ),
  fc.string({ unit: fc.constantFrom(...Array.from("v1t=,. \tAa+/=_-{}[]\"'%\u00e9\u00ff")), maxLength: 60 }),
  fc.string({ unit: "binary-ascii", maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, "~")),
);
/** JSON texts with unpaired surrogates, NUL and the like. */
export const anyText = fc.string({
  unit: fc.constantFrom("\ud800", "\udfff", "\u0000", "\u200b", "\uffff", "/", ".", "_", "é", "a", "\u{1f600}"),
  maxLength: 12,
});
export const oddValue = fc.oneof(
  anyText,
  fc.constantFrom(
    "a".repeat(2_000),
    "é".repeat(800),
    "__a__",
    ".",
    "..",
    "__name__",
    "a/b",
    "-",
    "pi_\ud800",
    "acct_\udc00",
    "evt_\ud800",
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    1e300,
    -1,
    2 ** 53,
    0.5,
    null,
    true,
    [],
    {},
    { id: "\ud800" },
    { id: null },
    { toString: null },
    { toString: 1, valueOf: 1 },
  ),
);
