import Stripe from "stripe";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { addControlRoutes } from "../../testing/fake-stripe/control.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

// The fake Stripe refuses what Stripe refuses; otherwise the tests that use it would prove little.

const ACCOUNT = "acct_1";
let fake: FakeStripe;
let stripe: Stripe;

beforeEach(async () => {
  fake = await startStripe();
  stripe = sdk("sk_test_local");
});

function sdk(key: string): Stripe {
  return new Stripe(key, { host: "127.0.0.1", port: fake.url.port, protocol: "http", maxNetworkRetries: 0 });
}

function pay(count: number): string[] {
  return Array.from({ length: count }, (_none, index) => {
    const created = 1_000 + index;
    const order = { account: ACCOUNT, mode: "destination" as const, amount: 100, applicationFee: 10 };
    return fake.books.pay({ ...order, createdAt: created, chargedAt: created });
  }).map(({ id }) => id);
}

const idOf = (reference: string | { id: string }) => (typeof reference === "string" ? reference : reference.id);

const refusal = async (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => "no refusal",
    (error: unknown) => error,
  );

test("lists are newest first, paginated, filtered by time, and complete", async () => {
  const ids = pay(5);
  const list = (params: Stripe.ChargeListParams) => stripe.charges.list({ limit: 2, ...params });
  const ofPage = ({ data }: { data: Stripe.Charge[] }) =>
    data.map(({ payment_intent: intent }) => (typeof intent === "string" ? ids.indexOf(intent) : NaN));
  const first = await list({});
  expect([ofPage(first), first.has_more]).toEqual([[4, 3], true]);
  const second = await list({ starting_after: first.data[1]?.id ?? "" });
  expect([ofPage(second), second.has_more]).toEqual([[2, 1], true]);
  const last = await list({ starting_after: second.data[1]?.id ?? "" });
  expect([ofPage(last), last.has_more]).toEqual([[0], false]);
  expect(ofPage(await list({ created: { gt: 1_001, lte: 1_003 } }))).toEqual([3, 2]);
  expect(ofPage(await list({ created: { gte: 1_001, lt: 1_002 } }))).toEqual([1]);
  expect((await stripe.charges.list()).data).toHaveLength(5);
});

test.each<[string, () => Promise<unknown>, object]>([
  [
    "an unknown parameter",
    () => stripe.rawRequest("GET", "/v1/charges?colour=red"),
    { code: "parameter_unknown", statusCode: 400 },
  ],
  [
    "a time for a list without that filter",
    () => stripe.rawRequest("GET", "/v1/webhook_endpoints?created[gte]=1"),
    { code: "parameter_unknown", statusCode: 400 },
  ],
  [
    "paging backwards, which it does not support",
    () => stripe.charges.list({ ending_before: "ch_1" }),
    { code: "parameter_unknown", statusCode: 400 },
  ],
  [
    "a page of more than 100",
    () => stripe.charges.list({ limit: 101 }),
    { code: "parameter_invalid_integer", statusCode: 400 },
  ],
  [
    "a deleted cursor",
    () => stripe.charges.list({ starting_after: "ch_gone" }),
    { code: "resource_missing", param: "starting_after" },
  ],
  [
    "an expansion that is too deep",
    () => stripe.charges.list({ expand: ["data.transfer.destination_payment.balance_transaction.source"] }),
    {
      message:
        "You cannot expand more than 4 levels of a property. Property: data.transfer.destination_payment.balance_transaction.source",
    },
  ],
  [
    "an expansion of a field without a reference",
    () => stripe.charges.list({ expand: ["data.amount"] }),
    { message: "This property cannot be expanded (amount)." },
  ],
  [
    "an expansion outside the list",
    () => stripe.charges.list({ expand: ["balance_transaction"] }),
    { statusCode: 400 },
  ],
  [
    "an invalid id",
    () => stripe.paymentIntents.retrieve("pi_none"),
    { code: "resource_missing", param: "intent", statusCode: 404 },
  ],
  [
    "an account that is not connected",
    () => stripe.charges.list({}, { stripeAccount: "acct_other" }),
    { code: "account_invalid", statusCode: 403 },
  ],
  ["a revoked key", () => sdk("sk_test_revoked_revoked").charges.list(), { type: "StripeAuthenticationError" }],
  ["a key of the live mode", () => sdk("sk_live_1").charges.list(), { type: "StripeAuthenticationError" }],
  ["an unknown path", () => stripe.rawRequest("GET", "/v1/unicorns"), { statusCode: 404 }],
])("refuses %s", async (_what, request, error) => {
  pay(1);
  expect(await refusal(request())).toMatchObject(error);
});

test("expands as deep as Stripe does, across accounts, and returns to each account its own objects", async () => {
  const [id = ""] = pay(1);
  const expand = [
    "data.transfer.destination_payment.balance_transaction",
    "data.application_fee",
    "data.payment_intent",
  ];
  const { data } = await stripe.charges.list({ expand });
  expect(data[0]).toMatchObject({
    payment_intent: { id, object: "payment_intent" },
    application_fee: { amount: 10 },
    transfer: { destination: ACCOUNT, destination_payment: { balance_transaction: { amount: 100, fee: 10, net: 90 } } },
  });
  const there = await stripe.charges.list({}, { stripeAccount: ACCOUNT });
  expect(there.data).toMatchObject([
    { payment_intent: null, source_transfer: data[0]?.transfer && idOf(data[0].transfer) },
  ]);
  expect((await stripe.accounts.list()).data).toMatchObject([{ id: ACCOUNT }]);
});

test.each([
  ["account", "standard", 59],
  ["application", "none", 0],
  ["application_custom", "custom", 59],
  ["application_express", "express", 59],
] as const)(
  "charges its fee for a direct charge to the account or the platform, if the fees payer is %s",
  async (payer, type, fee) => {
    fake.books.connect(ACCOUNT, payer);
    const intent = fake.books.pay({ account: ACCOUNT, mode: "direct", amount: 1_000, stripeFee: 59 });
    expect((await stripe.accounts.list()).data).toMatchObject([{ type, controller: { fees: { payer } } }]);
    const there = { stripeAccount: ACCOUNT };
    const settled = await stripe.balanceTransactions.list({ source: fake.books.chargeOf(intent).id }, there);
    expect(settled.data).toMatchObject([{ fee, net: 1_000 - fee }]);
    expect((await stripe.balanceTransactions.list({ type: "stripe_fee" })).data).toMatchObject(
      fee === 0 ? [{ amount: -59 }] : [],
    );
  },
);

test("records events with the objects as they were at that moment", async () => {
  const [id = ""] = pay(1);
  const intent = fake.books.intent(id);
  if (!intent) throw new Error("There is no payment.");
  refund(fake.books, intent, { amount: 40 });
  refund(fake.books, intent);
  const { data } = await stripe.events.list({ type: "charge.refunded" });
  expect(data.map((event) => event.data.object)).toMatchObject([{ amount_refunded: 100 }, { amount_refunded: 40 }]);
  expect(() => refund(fake.books, intent)).toThrow("The amount exceeds the refundable amount.");
});

test("injects faults as often as requested, and counts requests", async () => {
  pay(1);
  fake.inject({ path: "/v1/charges", after: 1, times: 2, kind: { status: 500 } });
  fake.inject({ path: "/v1/refunds", kind: "drop", times: 9 });
  const outcomes = [];
  for (let count = 0; count < 4; count += 1) outcomes.push(await refusal(stripe.charges.list()));
  expect(outcomes).toMatchObject(["no refusal", { statusCode: 500 }, { statusCode: 500 }, "no refusal"]);
  expect(await refusal(stripe.refunds.list())).toMatchObject({ type: "StripeConnectionError" });
  expect(fake.requests.get("GET /v1/charges")).toBe(4);
});

test("accepts payments from other programs, and refuses invalid ones", async () => {
  addControlRoutes(fake);
  const control = (action: string, body: object) =>
    fetch(new URL(`/_fake/${action}`, fake.url), { method: "POST", body: JSON.stringify(body) });
  expect((await control("connect", { account: "acct_9" })).status).toBe(200);
  expect((await control("pay", { account: "acct_9" })).status).toBe(500);
  expect((await control("nothing", {})).status).toBe(404);
  expect((await stripe.accounts.list()).data).toMatchObject([{ id: "acct_9" }]);
  await control("deauthorize", { account: "acct_9" });
  expect((await stripe.accounts.list()).data).toEqual([]);
});
