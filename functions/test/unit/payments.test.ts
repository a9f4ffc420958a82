import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import type { PaymentSpec } from "../../testing/fake-stripe/payment-spec.ts";
import type { Amounts } from "../../src/domain/money.ts";
import { ALL_TIME, readerOf, read, snapshotOf, NOON, order, startStripeAtNoon } from "../support/payment-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

// From Stripe's objects, requested with the official SDK over HTTP, to the Stripe snapshot. Every figure is computed by
// hand.

const cents = (amount_total: number, stripe: number, platform: number, net: number): Amounts => {
  return { amount_total, amount_stripe_fee: stripe, amount_platform_fee: platform, amount_franchisee_net: net };
};

const usdInCad = { currency: "usd", settlement: { currency: "cad", rate: 1.4 }, stripeFee: 436 };

describe("the four figures", () => {
  test.each<[string, Partial<PaymentSpec>, Amounts, currency?: string]>([
    // 544500 − 20177 − 15790 = 508533, the example of the legacy README.
    ["direct", { amount: 544_500, stripeFee: 20_177, applicationFee: 15_790 }, cents(544_500, 20_177, 15_790, 508_533)],
    ["direct, without an application fee", {}, cents(10_000, 320, 0, 9_680)],
    // Of the fee of 35967 the platform pays 20177 to Stripe, and keeps 15790.
    [
      "destination, by application fee",
      { mode: "destination", amount: 544_500, stripeFee: 20_177, applicationFee: 35_967 },
      cents(544_500, 20_177, 15_790, 508_533),
    ],
    [
      "destination, by application fee, on behalf of the franchisee",
      { mode: "destination", amount: 544_500, stripeFee: 20_177, applicationFee: 35_967, onBehalfOf: true },
      cents(544_500, 20_177, 15_790, 508_533),
    ],
    [
      "destination, by the transferred amount",
      { mode: "destination", amount: 544_500, stripeFee: 20_177, transferAmount: 508_533 },
      cents(544_500, 20_177, 15_790, 508_533),
    ],
    // The franchisee gets 9800 of 10000; the platform keeps 200 and pays 320.
    [
      "destination, by a fee that does not cover Stripe's",
      { mode: "destination", applicationFee: 200 },
      cents(10_000, 320, -120, 9_800),
    ],
    // 10000 − 320 − 42 − 500 = 9138. Stripe's deductions, for itself and others, are 320 + 42 = 362, and the platform
    // keeps its 500.
    ...["tax", "withheld_tax", "payment_method_passthrough_fee"].map(
      (type): [string, Partial<PaymentSpec>, Amounts] => [
        `direct, with a fee of the type ${type}`,
        { applicationFee: 500, otherFees: [{ type, amount: 42 }] },
        cents(10_000, 362, 500, 9_138),
      ],
    ),
    [
      "a currency without cents",
      { amount: 5_000, currency: "jpy", stripeFee: 180, applicationFee: 250 },
      cents(5_000, 180, 250, 4_570),
      "jpy",
    ],
    // US$100.00 at 1.4 are CA$140.00; 14000 − 436 − 700 = 12864.
    ["direct, paid in another currency", { ...usdInCad, applicationFee: 500 }, cents(14_000, 436, 700, 12_864)],
    // The fee of US$10.00 is CA$14.00: 14000 − 1400 = 12600 arrive, and 1400 − 436 = 964 are kept.
    [
      "destination, paid in another currency",
      { ...usdInCad, mode: "destination", applicationFee: 1_000, arrival: usdInCad.settlement },
      cents(14_000, 436, 964, 12_600),
    ],
  ])("%s: are read from Stripe's objects", async (_what, fields, amounts, currency = "cad") => {
    const placed = order(fields);
    const intent = fake.books.pay(placed);
    const seen = await read(fake, intent, placed.mode);
    expect(seen).toMatchObject({
      chargeId: intent.latest_charge,
      mode: placed.mode,
      livemode: false,
      status: "succeeded",
      createdAt: new Date(NOON * 1000),
      charged: { currency: placed.currency ?? "cad", amount: placed.amount },
      settled: { currency, amount: amounts.amount_total },
      feesStatus: "final",
      amounts,
    });

    // A list has the same without another request.
    const page = await readerOf(fake, placed).chargesPage(ALL_TIME, null);
    expect(page).toMatchObject({ incomplete: [], failures: [], cursor: null, reached: new Date(NOON * 1000) });
    expect({ ...snapshotOf(page.results[0]), asOf: null }).toEqual({ ...seen, asOf: null });
  });

  test("of separate charges and transfers include all transfers to the franchisee", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    expect((await readerOf(fake, { mode: "transfer" }).payment(intent.id))?.kind).toBe("unrouted");
    fake.books.addTransfer(intent, 4_000);
    fake.books.addTransfer(intent, 5_000);
    // 10000 − 320 − 9000 = 680. A list of charges lacks the transfers, and returns the payment to fetch.
    expect(await read(fake, intent, "transfer")).toMatchObject({
      mode: "transfer",
      amounts: cents(10_000, 320, 680, 9_000),
    });
    expect(await readerOf(fake, { mode: "transfer" }).chargesPage(ALL_TIME, null)).toMatchObject({
      results: [],
      incomplete: [intent.id],
    });
  });

  test("are kept apart in different currencies", async () => {
    const arrival = { currency: "usd", rate: 0.7 };
    const intent = fake.books.pay(order({ mode: "destination", applicationFee: 1_000, arrival }));
    // CA$100.00 arrive as US$70.00, less a fee of CA$10.00, which is US$7.00.
    expect(await read(fake, intent, "destination")).toMatchObject({
      charged: { currency: "cad", amount: 10_000 },
      settled: { currency: "cad", amount: 10_000, fees: [{ type: "stripe_fee", amount: 320 }] },
      received: { currency: "usd", net: 6_300 },
      feesStatus: "final",
      amounts: null,
    });
  });

  test("include every fee with its type", async () => {
    const intent = fake.books.pay(order({ applicationFee: 500, otherFees: [{ type: "tax", amount: 42 }] }));
    expect((await read(fake, intent, "direct")).settled?.fees).toEqual([
      { type: "stripe_fee", amount: 320 },
      { type: "tax", amount: 42 },
      { type: "application_fee", amount: 500 },
    ]);
  });
});

describe("late figures", () => {
  test.each(["direct", "destination"] as const)("of a %s charge are pending, then final", async (mode) => {
    const intent = fake.books.pay(order({ mode, applicationFee: 500, settles: "late" }));
    expect(await read(fake, intent, mode)).toMatchObject({
      status: "succeeded",
      feesStatus: "pending",
      settled: null,
      amounts: null,
    });
    fake.books.settle(intent);
    expect(await read(fake, intent, mode)).toMatchObject({ feesStatus: "final", amounts: { amount_total: 10_000 } });
  });

  test("are pending while the transfer or the application fee is missing", async () => {
    const intent = fake.books.pay(order({ mode: "destination", applicationFee: 500 }));
    const charge = fake.books.chargeOf(intent);
    const { transfer } = charge;
    Object.assign(charge, { transfer: undefined });
    expect(await read(fake, intent, "destination")).toMatchObject({
      feesStatus: "pending",
      received: null,
      amounts: null,
    });
    Object.assign(charge, { transfer, application_fee: null });
    expect(await read(fake, intent, "destination")).toMatchObject({ feesStatus: "pending", amounts: null });
  });
});

test("a second transfer that has not arrived leaves the figures pending", async () => {
  const intent = fake.books.pay(order({ mode: "transfer" }));
  fake.books.addTransfer(intent, 4_000);
  const late = fake.books.addTransfer(intent, 5_000);
  const arrived = fake.books.connect("acct_1").charge.referred(late.destination_payment);
  Object.assign(arrived ?? {}, { balance_transaction: null });
  expect(await read(fake, intent, "transfer")).toMatchObject({ feesStatus: "pending", received: null, amounts: null });
});

test("only the arrivals on an account that has deauthorized the platform are hidden", async () => {
  const intent = fake.books.pay(order({ mode: "destination", applicationFee: 500 }));
  fake.books.deauthorize("acct_1");
  expect(await read(fake, intent, "destination")).toMatchObject({
    feesStatus: "hidden",
    settled: { amount: 10_000 },
    received: null,
    amounts: null,
  });
});

test("a time window includes its first and last second", async () => {
  const ids = [NOON - 1, NOON, NOON + 10, NOON + 11, NOON + 12].map(
    (at) => fake.books.pay(order({ chargedAt: at })).id,
  );
  const window = { from: new Date(NOON * 1000 + 500), to: new Date((NOON + 10) * 1000 + 500) };
  const { results } = await readerOf(fake, { mode: "direct" }).chargesPage(window, null);
  expect(results.map(({ stripePaymentId }) => ids.indexOf(stripePaymentId ?? ""))).toEqual([3, 2, 1]);
});
