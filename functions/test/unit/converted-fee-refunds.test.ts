import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { BEHAVIOURS } from "../../testing/fake-stripe/behaviour.ts";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { refundFee } from "../../testing/fake-stripe/reversals.ts";
import { ACCOUNT, behave, NOON, order, read, startStripeAtNoon } from "../support/payment-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

// A refunded application fee that arrives in another currency than the fee's. Every figure is computed by hand.

const cad = (amount: number) => ({ currency: "cad", amount });

/** A fee of US$5.00, which was CA$7.00. */
const USD = { currency: "usd", settlement: { currency: "cad", rate: 1.4 }, stripeFee: 436, applicationFee: 500 };
/** ₩100,000 with a fee of ₩5,000, which was CA$5.00: ten won are a cent. */
const KRW = {
  currency: "krw",
  amount: 100_000,
  settlement: { currency: "cad", rate: 0.1 },
  stripeFee: 320,
  applicationFee: 5_000,
};

/** Replaces the booking of a refunded fee. */
function rebook(fields: object): void {
  const [booked] = fake.books.connect(ACCOUNT).balance_transaction.newestFirst();
  if (booked?.reporting_category !== "fee") throw new Error("The newest booking is not a refunded fee.");
  Object.assign(booked, fields);
}

test.each(BEHAVIOURS.feeRefund)("what Stripe rounds is not returned twice: %s", async (feeRefund) => {
  behave(fake, { feeRefund });
  const intent = fake.books.pay(order(KRW));
  refund(fake.books, intent, { amount: 33_340, refundFee: true });
  // 5000 × 33340 / 100000 = ₩1,667 are 166.7 cents, and arrive as 167: −3334 + 167.
  expect(await read(fake, intent, "direct")).toMatchObject({
    applicationFeeRefunded: 1_667,
    netAdjustment: cad(-3_167),
    otherAdjustments: [],
  });
});

test("what is worth less than half a cent does not arrive", async () => {
  const intent = fake.books.pay(order(KRW));
  refundFee(fake.books, intent, 4, true);
  expect(await read(fake, intent, "direct")).toMatchObject({ netAdjustment: cad(0), otherAdjustments: [] });
});

test.each([1, 2])("US$0.0%d whose arrival is unknown does not vanish", async (amount) => {
  const intent = fake.books.pay(order(USD));
  refundFee(fake.books, intent, amount, true);
  expect(await read(fake, intent, "direct")).toMatchObject({
    netAdjustment: cad(0),
    otherAdjustments: [{ currency: "usd", amount }],
  });
});

test("what arrives at another rate than the fee's counts once", async () => {
  const intent = fake.books.pay(order(USD));
  refundFee(fake.books, intent, 500);
  // US$5.00 at 1.38.
  rebook({ amount: 690, net: 690, exchange_rate: 1.38 });
  expect(await read(fake, intent, "direct")).toMatchObject({ netAdjustment: cad(690), otherAdjustments: [] });
});

test("what arrives in the fee's currency counts once", async () => {
  const intent = fake.books.pay(order(USD));
  refundFee(fake.books, intent, 500);
  rebook({ amount: 500, net: 500, currency: "usd", exchange_rate: null });
  expect(await read(fake, intent, "direct")).toMatchObject({
    netAdjustment: cad(0),
    otherAdjustments: [{ currency: "usd", amount: 500 }],
  });
});

test("what arrives in parts, at several rates and in several currencies, counts once", async () => {
  const intent = fake.books.pay(order(USD));
  refundFee(fake.books, intent, 200);
  rebook({ amount: 200, net: 200, currency: "usd", exchange_rate: null });
  refundFee(fake.books, intent, 100);
  rebook({ amount: 138, net: 138, exchange_rate: 1.38 });
  refundFee(fake.books, intent, 200);
  // The last US$2.00 arrive as CA$2.80.
  expect(await read(fake, intent, "direct")).toMatchObject({
    netAdjustment: cad(418),
    otherAdjustments: [{ currency: "usd", amount: 200 }],
  });
});

test.each([
  // 12 × US$0.10 are CA$1.68.
  ["adjustment by description", { netAdjustment: cad(168), otherAdjustments: [] }],
  // Stripe includes the ten newest refunds: the arrival of the other two is unknown.
  ["adjustment alone", { netAdjustment: cad(140), otherAdjustments: [{ currency: "usd", amount: 20 }] }],
] as const)("of more refunds than Stripe includes, none vanishes: %s", async (feeRefund, adjustments) => {
  behave(fake, { feeRefund });
  let now = NOON;
  fake.books.clock = () => now;
  const intent = fake.books.pay(order(USD));
  for (let day = 1; day <= 12; day += 1) {
    now += 86_400;
    refundFee(fake.books, intent, 10);
  }
  expect(await read(fake, intent, "direct")).toMatchObject({ applicationFeeRefunded: 120, ...adjustments });
});
