import { setTimeout as sleep } from "node:timers/promises";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { localSecrets } from "../../tools/cli/signing.ts";
import { readEvent } from "../../src/store/stripe-events.ts";
import { requiredPermissions } from "../../src/stripe/permissions.ts";
import { newFranchisee, postRecord } from "../support/api.ts";
import { database, revisionsOf, transactionsOf } from "../support/database.ts";
import { fakeStripes } from "../support/stripe.ts";
import { deliver, type Delivery, eventOf, SECRETS, serveWebhook, storedEvent } from "../support/webhooks.ts";

// cspell:ignore nobodyknows

const startStripe = fakeStripes();

let fake: FakeStripe;
let url: string;
let franchiseeId: string;

beforeAll(async () => {
  fake = await startStripe();
  url = await serveWebhook(fake);
});
afterAll(stopServices);

beforeEach(async () => {
  franchiseeId = newFranchisee();
  await database().doc(`franchisees/${franchiseeId}`).set({});
  fake.requests.clear();
});

const pay = (account = franchiseeId) => fake.books.pay({ account, mode: "direct", amount: 10_000, stripeFee: 320 });
const succeeded = (account = franchiseeId) => eventOf(fake, account, "payment_intent.succeeded");
const succeededOf = (_intent: object) => succeeded();
const now = () => Math.floor(Date.now() / 1000);
const calls = () => [...fake.requests.values()].reduce((sum, count) => sum + count, 0);

describe("the signature of an event", () => {
  test.each<[string, (body: string) => Delivery, string]>([
    ["none", () => ({ secret: null }), "The request is not signed: the header Stripe-Signature is missing."],
    ["of another secret", () => ({ secret: "whsec_another" }), "The Stripe-Signature does not match."],
    ["of a body with other spaces", (body) => ({ signedBody: JSON.stringify(JSON.parse(body), null, 2) }), "not match"],
    ["of another event", (body) => ({ signedBody: body.replace("evt_", "evt_0") }), "not match"],
    ["from six minutes ago", () => ({ timestamp: now() - 360 }), "more than 5 minutes off the server's time"],
    ["from the far future", () => ({ timestamp: now() + 360 }), "more than 5 minutes off the server's time"],
    ["without a time", () => ({ alter: (header) => header.replace(/^t=\d+,/, "") }), "has no time in Unix seconds"],
    ["with two times", () => ({ alter: (header) => `t=4000000000,${header}` }), "has no time in Unix seconds"],
    ["with only a time", () => ({ alter: (header) => header.replace(/,.*/, "") }), "not match"],
  ])("%s gets 400, and nothing is read or written", async (_what, delivery, message) => {
    pay();
    const event = succeeded();
    const response = await deliver(url, event, delivery(JSON.stringify(event)));
    expect([response.status, response.body?.error?.code]).toEqual([400, "invalid_request"]);
    expect(response.body?.error?.message).toContain(message);
    expect(response.text).not.toContain("whsec_");
    expect(calls()).toBe(0);
    expect(await storedEvent(event.id)).toBeUndefined();
    expect((await transactionsOf(franchiseeId).get()).size).toBe(0);
  });

  test.each([
    ["the platform's endpoint", SECRETS.account],
    ["the same endpoint before its secret was rolled", SECRETS.old],
    ["the Connect endpoint", SECRETS.connect],
  ])("of %s gets 200, and the payment is stored", async (_what, secret) => {
    const { id } = pay();
    const response = await deliver(url, succeeded(), { secret });
    expect([response.status, response.body]).toMatchObject([200, { success: true, outcome: "done" }]);
    expect((await transactionsOf(franchiseeId).doc(id).get()).get("stripe.amounts.amount_stripe_fee")).toBe(320);
  });

  test("is checked first: an unsigned body that is not JSON is not parsed", async () => {
    expect((await deliver(url, '["no event"]', { secret: null })).body?.error?.message).toContain("not signed");
    expect((await deliver(url, '["no event"]')).body?.error?.code).toBe("invalid_request");
    expect(
      (await deliver(url, { id: "../evt_1", type: "x.y", livemode: false, created: 1 })).body?.error?.details,
    ).toEqual([
      { path: "body.id", message: "expected the id of a Stripe event: evt_…" },
      { path: "body.data", message: "Invalid input: expected object, received undefined" },
    ]);
  });
});

test("an event of another type is only counted", async () => {
  const type = `customer.${franchiseeId}`.toLowerCase();
  const event = { id: "evt_other", type, livemode: false, created: 1, data: { object: { email: "ada@example.org" } } };
  for (const count of [1, 2]) {
    expect((await deliver(url, event)).body).toMatchObject({ success: true, outcome: "ignored" });
    expect((await database().doc(`stripeEventCounts/${type}`).get()).data()).toMatchObject({ count });
  }
  expect(await storedEvent("evt_other")).toBeUndefined();
});

test.each<[string, () => Promise<object>, string]>([
  [
    "of an unknown account",
    () => {
      const stranger = newFranchisee();
      pay(stranger);
      const event = succeeded(stranger);
      fake.books.deauthorize(stranger);
      return Promise.resolve(event);
    },
    "is not a known franchisee: it is not connected to the platform, and has no records.",
  ],
  [
    "of a transfer to an unknown account",
    () => {
      const stranger = newFranchisee();
      fake.books.pay({ account: stranger, mode: "destination", amount: 10_000 });
      fake.books.deauthorize(stranger);
      return Promise.resolve(eventOf(fake, null, "payment_intent.succeeded"));
    },
    "is not a known franchisee: it is not connected to the platform, and has no records.",
  ],
  [
    "of the other mode",
    () => {
      pay();
      return Promise.resolve({ ...succeeded(), livemode: true });
    },
    "It is in live mode, which this deployment does not serve.",
  ],
  [
    "of a payment that Stripe does not know",
    () => {
      pay();
      const { data, ...event } = succeeded();
      return Promise.resolve({ ...event, data: { object: { ...data.object, id: "pi_nobodyknows" } } });
    },
    "Stripe does not know pi_nobodyknows.",
  ],
  [
    "of an account that the platform may not read",
    () => {
      pay();
      const event = succeeded();
      fake.books.deauthorize(franchiseeId);
      return Promise.resolve(event);
    },
    "The platform cannot read this account at Stripe",
  ],
])("an event %s is quarantined, gets 200, and writes nothing else", async (_what, act, reason) => {
  const event = { ...(await act()), id: `evt_${franchiseeId}` };
  expect((await deliver(url, event)).body).toMatchObject({ success: true, outcome: "quarantined" });
  const stored = await storedEvent(event.id);
  expect(stored).toMatchObject({ status: "quarantined", effects: [] });
  expect(stored?.["reason"]).toContain(reason);
  expect((await transactionsOf(franchiseeId).get()).size).toBe(0);
});

test.each(["direct", "destination"] as const)(
  "the first event of a new franchisee, before its golden record (%s), stores the payment at once, and the record is merged",
  async (mode) => {
    const newcomer = newFranchisee();
    const { id } = fake.books.pay({ account: newcomer, mode, amount: 10_000, applicationFee: 500, stripeFee: 320 });
    const home = mode === "direct" ? newcomer : null;
    const event = eventOf(fake, home, "payment_intent.succeeded");
    expect((await deliver(url, event)).body).toMatchObject({ success: true, outcome: "done" });
    const stored = async () => (await transactionsOf(newcomer).doc(id).get()).data();
    expect(await stored()).toMatchObject({ amount_total: 10_000, reconciliation: { status: "missing_in_portal" } });

    const amounts = {
      amount_total: 10_000,
      amount_stripe_fee: 320,
      amount_platform_fee: mode === "direct" ? 500 : 180,
    };
    const record = {
      stripePaymentId: id,
      ...amounts,
      amount_franchisee_net: mode === "direct" ? 9_180 : 9_500,
      currency: "cad",
    };
    expect((await postRecord(newcomer, record)).body).toMatchObject({ outcome: "updated" });
    expect(await stored()).toMatchObject({ reconciliation: { status: "matched" } });
    expect((await deliver(url, event)).body).toMatchObject({ outcome: "duplicate" });
  },
);

test("a new account is searched in all pages of Stripe's list, with one request at a time", async () => {
  const newcomer = newFranchisee();
  pay(newcomer);
  for (let later = 0; later < 101; later += 1) fake.books.connect(newFranchisee());
  expect((await deliver(url, succeeded(newcomer))).body).toMatchObject({ outcome: "done" });
  expect(fake.requests.get("GET /v1/accounts")).toBe(2);
  expect((await deliver(url, { ...succeeded(newcomer), id: `evt_${newcomer}` })).body).toMatchObject({
    outcome: "done",
  });
  expect(fake.requests.get("GET /v1/accounts")).toBe(2);
});

test("while Stripe does not list the connected accounts the response is 503, and the same event succeeds later", async () => {
  const newcomer = newFranchisee();
  pay(newcomer);
  fake.inject({ path: "/v1/accounts", kind: { status: 500 } });
  expect((await deliver(url, succeeded(newcomer))).status).toBe(503);
  fake.inject({ path: "/v1/accounts", kind: { status: 403 } });
  expect((await deliver(url, succeeded(newcomer))).status).toBe(503);
  expect((await deliver(url, succeeded(newcomer))).body).toMatchObject({ outcome: "done" });
});

test("while Stripe does not respond the response is 503, and the same event succeeds later", async () => {
  const { id } = pay();
  const event = succeeded();
  fake.inject({ path: "/v1/payment_intents", kind: { status: 500 } });
  const response = await deliver(url, event);
  expect([response.status, response.headers.get("retry-after"), response.body?.error?.code]).toEqual([
    503,
    "30",
    "unavailable",
  ]);
  expect(await storedEvent(event.id)).toMatchObject({ status: "processing" });
  expect((await transactionsOf(franchiseeId).get()).size).toBe(0);

  expect((await deliver(url, event)).body).toMatchObject({ outcome: "done" });
  expect((await transactionsOf(franchiseeId).doc(id).get()).exists).toBe(true);
});

test("if the key lacks a permission the event is not quarantined: 503 until it has it", async () => {
  fake.books.pay({ account: franchiseeId, mode: "destination", amount: 10_000 });
  const event = eventOf(fake, null, "charge.succeeded");
  fake.inject({ path: "/v1/payment_intents", kind: { status: 403 } });
  expect((await deliver(url, event)).status).toBe(503);
  expect(await storedEvent(event.id)).toMatchObject({ status: "processing" });
  expect((await deliver(url, event)).body).toMatchObject({ outcome: "done" });
});

test("a payout event waits for a key that may read Balance Transaction Sources", async () => {
  const { id } = pay();
  expect((await deliver(url, succeeded())).body).toMatchObject({ outcome: "done" });
  payOut(fake.books, franchiseeId);
  const event = eventOf(fake, franchiseeId, "payout.paid");
  const key = localSecrets()["STRIPE_TEST_API_KEY"] ?? "";
  const required = requiredPermissions();
  const account = required.account.filter((name) => name !== "rak_balance_transaction_source_read");
  fake.keys.set(key, { ...required, account });
  expect((await deliver(url, event)).status).toBe(503);
  fake.keys.set(key, required);
  expect((await deliver(url, event)).body).toMatchObject({ outcome: "done" });
  expect((await transactionsOf(franchiseeId).doc(id).get()).get("stripe.payout")).toMatchObject({ status: "paid" });
});

test("a request that Stripe rejects is an error of ours: 500", async () => {
  const event = { ...succeededOf(pay()), id: `evt_${franchiseeId}` };
  fake.inject({ path: "/v1/payment_intents", kind: { status: 400 } });
  expect((await deliver(url, event)).status).toBe(500);
  expect(await storedEvent(event.id)).toMatchObject({ status: "processing" });
});

test.each([
  ["a long group", "transfer.created", { source_transaction: null, transfer_group: "g".repeat(400) }, "done"],
  ["no id of a payment", "charge.updated", { payment_intent: "" }, "done"],
  ["an id of another kind", "payment_intent.succeeded", { id: "cus_1" }, "quarantined"],
])("an event with %s is stored, and can be listed", async (_what, type, object, outcome) => {
  const id = `evt_${franchiseeId}`;
  const event = { id, type, livemode: false, created: now(), data: { object: { id: "obj_1", ...object } } };
  expect((await deliver(url, event)).body).toMatchObject({ outcome });
  expect(await readEvent(id)).toMatchObject({ id, status: outcome });
});

test.each([
  ["an account with a path", { account: "a/b" }, "body.account"],
  ["an impossible time", { created: 9e15 }, "body.created"],
  ["a type with a path", { type: "__x__" }, "body.type"],
])("an event with %s is refused, naming the field", async (_what, fields, path) => {
  const response = await deliver(url, { ...succeededOf(pay()), ...fields });
  expect([response.status, response.body?.error?.details.map((detail) => detail.path)]).toEqual([400, [path]]);
});

test("an event of a Stripe version with bracketed field names counts as another type", async () => {
  const event = { ...succeededOf(pay()), type: "v2.core.account[requirements].updated" };
  expect((await deliver(url, event)).body).toMatchObject({ outcome: "ignored" });
});

test("an unreadable document causes a 500, and the event is not done until it can be read", async () => {
  const { id } = pay();
  await transactionsOf(franchiseeId).doc(id).set({ createdAt: "no time" });
  expect((await deliver(url, succeeded())).status).toBe(500);
  expect(await storedEvent(succeeded().id)).toMatchObject({ status: "processing" });
  await transactionsOf(franchiseeId).doc(id).delete();
  expect((await deliver(url, succeeded())).body).toMatchObject({ outcome: "done" });
});

test("fifty concurrent deliveries of an event have one effect, and another one none", async () => {
  const intent = pay();
  await deliver(url, succeeded());
  refund(fake.books, intent, { amount: 1_000 });
  const event = eventOf(fake, franchiseeId, "charge.refunded");
  fake.requests.clear();
  const responses = await Promise.all(Array.from({ length: 50 }, () => deliver(url, event)));
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
  const outcomes = new Set(responses.map(({ body }) => body?.outcome));
  expect([...outcomes].filter((outcome) => outcome !== "duplicate")).toEqual(["done"]);
  expect(await revisionsOf(franchiseeId, intent.id)).toHaveLength(1);
  expect(calls()).toBe(1);
  expect(await storedEvent(event.id)).toMatchObject({
    status: "done",
    payments: 1,
    effects: [{ franchiseeId, stripePaymentId: intent.id, outcome: "updated" }],
  });
  expect((await deliver(url, event)).body).toMatchObject({ outcome: "duplicate" });
});

test("a burst of events for one payment needs few fetches", async () => {
  const intent = pay();
  for (const amount of [100, 200, 300]) refund(fake.books, intent, { amount });
  const events = fake.books.connect(franchiseeId).event.newestFirst();
  expect(events.length).toBeGreaterThan(7);
  const { promise: all, resolve: allArrived } = Promise.withResolvers<void>();
  fake.inject({ path: "/v1/payment_intents", kind: { until: all } });
  const responses = Promise.all(events.map((event) => deliver(url, event)));
  for (const { id } of events) while (!(await storedEvent(id))) await sleep(10);
  allArrived();
  expect((await responses).map(({ body }) => body?.outcome)).toEqual(events.map(() => "done"));
  // The first one's, and one for all that arrived meanwhile; one more for late ones.
  expect(calls()).toBeLessThanOrEqual(3);
  expect((await transactionsOf(franchiseeId).doc(intent.id).get()).get("stripe.amountRefunded")).toBe(600);
});
