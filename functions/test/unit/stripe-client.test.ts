import type { Fault, FakeStripe } from "../../testing/fake-stripe/server.ts";
import { type Connection, type ConnectionOptions, isTemporary } from "../../src/stripe/client.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripe();
  fake.books.connect("acct_1");
});

const requestCharges = (options: Partial<ConnectionOptions> = {}, account?: string): [Connection, Promise<unknown>] => {
  const connection = connectTo(fake, options);
  const params = account === undefined ? {} : { stripeAccount: account };
  return [connection, connection.request((stripe) => stripe.charges.list({}, params))];
};

/** The waits of the SDK and the connection are short here, except those that a header sets. */
test.each<[string, Fault[], calls: number]>([
  ["nothing", [], 1],
  ["a 429", [{ kind: { status: 429 } }], 2],
  ["six 429s", [{ kind: { status: 429 }, times: 6 }], 7],
  ["a 429 with permission to retry", [{ kind: { status: 429, headers: { "stripe-should-retry": "true" } } }], 2],
  ["two 500s", [{ kind: { status: 500 }, times: 2 }], 3],
  ["a dropped socket", [{ kind: "drop" }], 2],
  ["a slow response", [{ kind: "delay", delayMs: 300 }], 1],
  ["a response that times out", [{ kind: "delay", delayMs: 3_000 }], 2],
  ["one fault of each kind", [{ kind: { status: 429 } }, { kind: "drop" }, { kind: { status: 500 } }], 4],
])("a request succeeds after %s", async (_what, faults, calls) => {
  faults.forEach(fake.inject);
  const [connection, result] = requestCharges({ timeoutMs: 1_500 });
  await expect(result).resolves.toMatchObject({ object: "list" });
  expect(connection.calls()).toBe(calls);
});

test.each<[string, Fault, string, boolean]>([
  ["endless 429s", { kind: { status: 429 }, times: 99 }, "Rate-limited by Stripe after 7 attempts.", true],
  ["endless 500s", { kind: { status: 503 }, times: 99 }, "Stripe responds with a server error (503).", true],
  ["endlessly dropped sockets", { kind: "drop", times: 99 }, "Stripe cannot be reached.", true],
  ["a refusal", { kind: { status: 400 } }, "Stripe rejects the request (StripeInvalidRequestError).", false],
  ["a missing permission", { kind: { status: 403 } }, "The platform cannot read this account at Stripe", false],
  ["an invalid key", { kind: { status: 401 } }, "Stripe rejects the API key.", false],
])("a request fails after %s", async (_what, fault, message, mayPass) => {
  fake.inject(fault);
  const error = await requestCharges()[1].catch((failure: unknown) => failure);
  expect(error).toMatchObject({ name: "StripeRequestError", message: expect.stringContaining(message) as unknown });
  expect(isTemporary(error)).toBe(mayPass);
});

test("a request that would wait too long for its turn fails at once, and the others are sent", async () => {
  const connection = connectTo(fake, { rate: { perSecond: 2, maxPerSecond: 2, burst: 1 }, maxWaitMs: 1_750 });
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => connection.request((stripe) => stripe.charges.list())),
  );
  expect(results.map(({ status }) => status)).toEqual([
    ...Array.from({ length: 4 }, () => "fulfilled"),
    ...Array.from({ length: 4 }, () => "rejected"),
  ]);
  const failed = results.flatMap((result): unknown[] => (result.status === "rejected" ? [result.reason] : []));
  expect(failed.every(isTemporary)).toBe(true);
  expect(connection.calls()).toBe(4);
});

test("a request gives up if the rate falls while it waits", async () => {
  const connection = connectTo(fake, {
    // The second request waits for half a second: longer than the first response takes, even on a busy machine.
    rate: { perSecond: 2, maxPerSecond: 2, burst: 1 },
    maxWaitMs: 1_100,
    rateLimitRetries: 0,
  });
  fake.inject({ kind: { status: 429 } });
  const results = await Promise.allSettled(
    Array.from({ length: 3 }, () => connection.request((stripe) => stripe.charges.list())),
  );
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(connection.calls()).toBe(1);
  const message = expect.stringContaining("leaves no room") as unknown;
  expect(results.slice(1)).toMatchObject([1, 2].map(() => ({ reason: { message } })));
});

test("errors about the key or the account show neither", async () => {
  await expect(requestCharges({ key: "sk_test_secret_revoked" })[1]).rejects.toThrow(/^Stripe rejects the API key\.$/);
  fake.books.deauthorize("acct_1");
  await expect(requestCharges({}, "acct_1")[1]).rejects.toThrow(
    "The platform cannot read this account at Stripe: it was never connected, was closed or has withdrawn",
  );
});

test("a request waits as long as Stripe requires", async () => {
  fake.inject({ kind: { status: 429, headers: { "retry-after": "1" } } });
  const start = performance.now();
  await requestCharges()[1];
  expect(performance.now() - start).toBeGreaterThanOrEqual(995);
});

test("requests are paced", async () => {
  const connection = connectTo(fake, { rate: { perSecond: 25, maxPerSecond: 25, burst: 1 } });
  const start = performance.now();
  await Promise.all(Array.from({ length: 6 }, () => connection.request((stripe) => stripe.charges.list())));
  expect(performance.now() - start).toBeGreaterThanOrEqual(5 * 40 - 5);
});
