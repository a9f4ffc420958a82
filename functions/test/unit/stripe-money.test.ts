import type Stripe from "stripe";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { failRefund, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { BEHAVIOURS } from "../../testing/fake-stripe/behaviour.ts";
import { refundFee, reverseTransfer } from "../../testing/fake-stripe/reversals.ts";
import { decide } from "../../src/domain/decide.ts";
import { contribution, unrelatedContribution } from "../../src/domain/revenue.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { NO_TOTALS } from "../../src/domain/totals.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { openAccountReader } from "../../src/stripe/account-reader.ts";
import {
  ACCOUNT,
  ALL_TIME,
  behave,
  readerOf,
  read,
  snapshotOf,
  NOON,
  order,
  startStripeAtNoon,
} from "../support/payment-fixture.ts";
import { DEFAULTS, observation, updated } from "../support/records.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

// Amounts as Stripe actually books them, in each reading of its documentation (docs/stripe-behaviour.md). Every figure
// is computed by hand.

const cad = (amount: number) => ({ currency: "cad", amount });

function captured(fields: Parameters<typeof order>[0], amount: number): Stripe.PaymentIntent {
  const intent = fake.books.createIntent(order(fields));
  fake.books.attempt(intent, "requires_capture");
  fake.books.capture(intent, amount);
  return intent;
}

/** The transaction of a golden record with this Stripe snapshot. */
function reconciled(record: object, seen: StripeSnapshot): Transaction {
  const context = { now: new Date(NOON * 1000), defaults: DEFAULTS };
  const first = decide(null, observation(record, NOON), context);
  if (first.outcome !== "created") throw new Error(first.outcome);
  return updated(decide(first.next, { kind: "snapshot", stripePaymentId: "pi_1", snapshot: seen }, context)).next;
}

/** The transaction of a payment without a golden record. */
function fromStripe(seen: StripeSnapshot, applicationId: string | null = "ca_local"): Transaction {
  const defaults = { ...DEFAULTS, applicationId };
  const decision = decide(
    null,
    { kind: "snapshot", stripePaymentId: "pi_1", snapshot: seen },
    { now: new Date(NOON * 1000), defaults },
  );
  if (decision.outcome !== "created") throw new Error(decision.outcome);
  return decision.next;
}

const amounts = (total: number, stripe: number, platform: number, net: number) => {
  return {
    amount_total: total,
    amount_stripe_fee: stripe,
    amount_platform_fee: platform,
    amount_franchisee_net: net,
  };
};

describe.each(BEHAVIOURS.partialCapture)("the uncaptured part of a payment, booked as %s,", (partialCapture) => {
  beforeEach(() => behave(fake, { partialCapture }));

  test.each([
    // 7000 × 2.9 % + 30 = 233; 7000 − 233 − 500 = 6267.
    ["direct", amounts(7_000, 233, 500, 6_267)],
    // 7000 − 500 = 6500 arrive; the platform pays 233 of the 500, and keeps 267.
    ["destination", amounts(7_000, 233, 267, 6_500)],
  ] as const)("is not in the figures of a %s charge, and a correct record agrees", async (mode, right) => {
    const { stripeFee: _usual, ...fields } = order({ mode, applicationFee: 500 });
    const intent = fake.books.createIntent(fields);
    fake.books.attempt(intent, "requires_capture");
    fake.books.capture(intent, 7_000);
    const seen = await read(fake, intent, mode);
    expect(seen).toMatchObject({ amounts: right, netAdjustment: cad(0), amountRefunded: 0, refunds: [] });
    expect(reconciled(right, seen).reconciliation).toMatchObject({ status: "matched", differences: [] });
  });

  test("is not a refund; a refund of the captured amount is", async () => {
    const intent = captured({}, 4_000);
    expect(await read(fake, intent, "direct")).toMatchObject({
      amountRefunded: 0,
      refunds: [],
      netAdjustment: cad(0),
    });
    refund(fake.books, intent, { amount: 1_000 });
    expect(await read(fake, intent, "direct")).toMatchObject({
      amountRefunded: 1_000,
      refunds: [{ amount: 1_000, status: "succeeded" }],
      netAdjustment: cad(-1_000),
    });
  });

  test("is not a refund either if nothing was captured", async () => {
    const intent = fake.books.createIntent(order({}));
    fake.books.attempt(intent, "requires_capture");
    fake.books.expire(intent);
    expect(await read(fake, intent, "direct")).toMatchObject({ status: "canceled", amountRefunded: 0, refunds: [] });
  });

  test("a refund that fails returns nothing to the customer, despite the charge's total", async () => {
    for (const failedRefund of BEHAVIOURS.failedRefund) {
      behave(fake, { failedRefund });
      const intent = captured({}, 4_000);
      failRefund(fake.books, intent, refund(fake.books, intent, { amount: 1_000 }));
      expect(await read(fake, intent, "direct")).toMatchObject({ amountRefunded: 0, netAdjustment: cad(0) });
    }
  });
});

describe("a transfer of the whole authorisation, with the rest reversed,", () => {
  const capturedInPart = (fields: Parameters<typeof order>[0] = {}): Stripe.PaymentIntent => {
    behave(fake, { partialCapture: "reversal with refund", partialTransfer: "whole, then reversed" });
    return captured({ mode: "destination", applicationFee: 500, ...fields }, 7_000);
  };
  // 7000 / 10000 of the fee of 320 are charged: 224.
  const right = amounts(7_000, 224, 276, 6_500);

  test("counts with what arrived of the captured amount", async () => {
    // 10000 − 500 arrived, and 3000 were reversed.
    const seen = await read(fake, capturedInPart(), "destination");
    expect(seen).toMatchObject({ amounts: right, netAdjustment: cad(0), transferReversed: 0 });
    expect(reconciled(right, seen).reconciliation).toMatchObject({ status: "matched", differences: [] });
  });

  test("has later reversals as adjustments", async () => {
    const intent = capturedInPart();
    refund(fake.books, intent, { amount: 3_500, reverseTransfer: true });
    // 7000 × 3500 / 7000 of the transfer.
    const reversed = { amounts: right, netAdjustment: cad(-3_500), transferReversed: 3_500 };
    expect(await read(fake, intent, "destination")).toMatchObject(reversed);
  });

  test("counts the same if it arrived in another currency", async () => {
    const rate = { currency: "cad", rate: 1.4 };
    const intent = capturedInPart({ currency: "usd", settlement: rate, arrival: rate });
    // US$95.00 are CA$133.00, less US$30.00, which are CA$42.00.
    const arrived = {
      received: { currency: "cad", net: 9_100 },
      netAdjustment: cad(0),
      otherAdjustments: [],
      transferReversed: 0,
    };
    expect(await read(fake, intent, "destination")).toMatchObject(arrived);
    reverseTransfer(fake.books, intent, 1_000);
    expect(await read(fake, intent, "destination")).toMatchObject({
      ...arrived,
      netAdjustment: cad(-1_400),
      transferReversed: 1_000,
    });
  });

  test("fails its payment, by name, if the rest left in another currency than the money arrived in", async () => {
    const rate = { currency: "cad", rate: 1.4 };
    const intent = capturedInPart({ currency: "usd", settlement: rate, arrival: rate });
    const theirs = fake.books.connect(ACCOUNT);
    const released = theirs.balance_transaction.referred(theirs.refund.newestFirst()[0]?.balance_transaction);
    Object.assign(released ?? {}, { currency: "usd", amount: -3_000, net: -3_000 });
    await expect(read(fake, intent, "destination")).rejects.toThrow(
      `${released?.id} returns money in usd that arrived in cad.`,
    );
  });

  test("does not count the same if the platform itself transferred more than was captured, and reversed it", async () => {
    const intent = captured({ mode: "destination", transferAmount: 9_000 }, 7_000);
    reverseTransfer(fake.books, intent, 2_000);
    expect(await read(fake, intent, "destination")).toMatchObject({
      received: { currency: "cad", net: 9_000 },
      netAdjustment: cad(-2_000),
      transferReversed: 2_000,
    });
  });
});

test("a refund that waits for funds counts, even for exactly the uncaptured amount", async () => {
  const intent = captured({}, 5_000);
  const waiting = refund(fake.books, intent, { amount: 5_000, pending: true });
  waiting.balance_transaction = null;
  expect(await read(fake, intent, "direct")).toMatchObject({ amountRefunded: 5_000, refunds: [{ id: waiting.id }] });
});

test("an application fee that the release returned in part counts once", async () => {
  behave(fake, { partialCapture: "reversal with refund" });
  const intent = captured({ applicationFee: 500 }, 7_000);
  const [release] = fake.books.connect(ACCOUNT).refund.newestFirst();
  const reversal = fake.books.connect(ACCOUNT).balance_transaction.referred(release?.balance_transaction);
  const fee = fake.books.platform.application_fee.referred(fake.books.chargeOf(intent).application_fee);
  if (!reversal || !fee) throw new Error("There is no reversal.");
  // Stripe returns 96 of its 320, and the platform 150 of its 500: 7000 − 224 − 350 = 6426.
  const back = { type: "application_fee", amount: -150, application: null, currency: "cad", description: null };
  Object.assign(reversal, { fee: -246, net: -2_754, fee_details: [...reversal.fee_details, back] });
  fee.amount_refunded = 150;
  expect(await read(fake, intent, "direct")).toMatchObject({
    amounts: amounts(7_000, 224, 350, 6_426),
    netAdjustment: cad(0),
  });
});

test("several captures of a charge count if it settled in another currency, whatever the intent's capture method", async () => {
  const fields = { currency: "usd", settlement: { currency: "cad", rate: 1.4 }, stripeFee: 436 };
  const intent = fake.books.createIntent(order(fields));
  fake.books.attempt(intent, "requires_capture");
  fake.books.captureSome(intent, 4_000);
  fake.books.capture(intent, 3_000);
  intent.capture_method = "automatic_async";
  // US$70.00 are CA$98.00; 7000 / 10000 of the fee of 436 are 305.
  expect(await read(fake, intent, "direct")).toMatchObject({
    settled: { currency: "cad", amount: 9_800, net: 9_495 },
  });
});

test("several captures of one charge are one payment", async () => {
  const intent = fake.books.createIntent(order({ applicationFee: 500 }));
  fake.books.attempt(intent, "requires_capture");
  fake.books.captureSome(intent, 4_000);
  fake.books.captureSome(intent, 1_000);
  fake.books.capture(intent, 2_000);
  // 7000 / 10000 of the fee of 320 are charged: 224.
  expect(await read(fake, intent, "direct")).toMatchObject({
    amounts: amounts(7_000, 224, 500, 6_276),
    feesStatus: "final",
  });
});

describe.each(BEHAVIOURS.platformPaidFee)("Stripe's fee that the platform pays, stated by %s", (platformPaidFee) => {
  const right = amounts(10_000, 320, 500, 9_180);
  const paid = () => {
    behave(fake, { platformPaidFee });
    fake.books.connect(ACCOUNT, "application");
    return fake.books.pay(order({ applicationFee: 820 }));
  };

  test("is not the platform's income: a correct record agrees, and stays unchanged", async () => {
    const { reconciliation, ...shown } = reconciled(right, await read(fake, paid(), "direct"));
    expect(shown).toMatchObject(right);
    const isStated = platformPaidFee !== "nothing";
    const notCompared = isStated ? [] : ["amount_stripe_fee", "amount_platform_fee"];
    expect(reconciliation).toMatchObject({ status: "matched", differences: [], notCompared });
  });

  test("makes a wrong record differ", async () => {
    // The net is a cent too high, at the platform's cost.
    const wrong = amounts(10_000, 320, 499, 9_181);
    const { reconciliation } = reconciled(wrong, await read(fake, paid(), "direct"));
    expect(reconciliation.status).toBe("mismatched");
    expect(reconciliation.differences).toContainEqual({
      field: "amount_franchisee_net",
      recorded: 9_181,
      stripe: 9_180,
    });
  });

  test("makes a record differ whose fees do not match the net", async () => {
    const { reconciliation } = reconciled(amounts(10_000, 320, 400, 9_180), await read(fake, paid(), "direct"));
    expect(reconciliation.status).toBe("mismatched");
  });
});

test("a dispute fee that names the charge is not a fee for the payment", async () => {
  behave(fake, { platformPaidFee: "platform balance" });
  fake.books.connect(ACCOUNT, "application");
  const intent = fake.books.pay(order({ applicationFee: 820 }));
  const { id: source } = fake.books.chargeOf(intent);
  const given = { amount: -1_500, currency: "cad", created: NOON, type: "stripe_fee" as const, source };
  fake.books.book(fake.books.platform, intent.id, { ...given, description: "Card Dispute Countered Fee (2026-11-01)" });
  expect(await read(fake, intent, "direct")).toMatchObject({ amounts: amounts(10_000, 320, 500, 9_180) });
});

test("former Express and Custom accounts pay the fee themselves", async () => {
  fake.books.connect(ACCOUNT, "application_express");
  const intent = fake.books.pay(order({ applicationFee: 500 }));
  expect(await read(fake, intent, "direct")).toMatchObject({ amounts: amounts(10_000, 320, 500, 9_180) });
});

describe("a returned application fee on a charge that settled in another currency", () => {
  const converted = { currency: "usd", settlement: { currency: "cad", rate: 1.4 }, applicationFee: 500 };

  test.each(BEHAVIOURS.feeRefund)("counts as what arrived: %s", async (feeRefundAs) => {
    behave(fake, { feeRefund: feeRefundAs });
    const intent = fake.books.pay(order({ ...converted, stripeFee: 436 }));
    refund(fake.books, intent, { amount: 10_000, refundFee: true });
    // US$100.00 at 1.4 are CA$140.00, and US$5.00 are CA$7.00: −14000 + 700.
    const seen = await read(fake, intent, "direct");
    expect(seen).toMatchObject({ netAdjustment: cad(-13_300), otherAdjustments: [], applicationFeeRefunded: 500 });
  });

  test("is also found by the platform's charge, if it arrived on another account", async () => {
    const arrival = { currency: "cad", rate: 1.4 };
    const intent = fake.books.pay(order({ ...converted, mode: "destination", arrival }));
    refundFee(fake.books, intent, 500, true);
    const { id } = fake.books.chargeOf(intent);
    const given = {
      amount: 700,
      currency: "cad",
      created: NOON,
      type: "adjustment" as const,
      category: "fee" as const,
      source: null,
    };
    fake.books.book(fake.books.connect(ACCOUNT), intent.id, {
      ...given,
      description: `Application fee refund for ${id}`,
    });
    expect(await read(fake, intent, "destination")).toMatchObject({ netAdjustment: cad(700), otherAdjustments: [] });
  });

  test("stays in its own currency, and in the revenue, if the arrived amount is unknown", async () => {
    const intent = fake.books.pay(order({ ...converted, stripeFee: 436 }));
    refund(fake.books, intent, { amount: 10_000 });
    refundFee(fake.books, intent, 500, true);
    const seen = await read(fake, intent, "direct");
    expect(seen).toMatchObject({
      netAdjustment: cad(-14_000),
      otherAdjustments: [{ currency: "usd", amount: 500 }],
    });
    expect(contribution(fromStripe(seen), { livemode: false })).toEqual({
      cad: expect.objectContaining({ net: 12_864, netAdjustment: -14_000 }) as unknown,
      usd: { ...NO_TOTALS, refunded: 10_000, netAdjustment: 500, feesReturned: 500 },
    });
  });

  test("has its counterpart in a reversed transfer, which is what left the account", async () => {
    const settlement = { currency: "cad", rate: 1.4 };
    const fields = { ...converted, mode: "destination" as const, applicationFee: 1_000, arrival: settlement };
    const intent = fake.books.pay(order({ ...fields, stripeFee: 436 }));
    reverseTransfer(fake.books, intent, 2_500);
    refundFee(fake.books, intent, 100);
    // US$25.00 are CA$35.00, and US$1.00 is CA$1.40.
    expect((await read(fake, intent, "destination")).netAdjustment).toEqual(cad(-3_360));
  });
});

describe("the known part of what was returned in another currency", () => {
  const rate = { currency: "cad", rate: 1.4 };
  const converted = { currency: "usd", settlement: rate, stripeFee: 436 };

  test("is assigned to each of two payments refunded in the same minute", async () => {
    behave(fake, { feeRefund: "adjustment alone" });
    const intents = [500, 700].map((applicationFee) => fake.books.pay(order({ ...converted, applicationFee })));
    for (const intent of intents) refund(fake.books, intent, { amount: 10_000, refundFee: true });
    const seen = await Promise.all(intents.map((intent) => read(fake, intent, "direct")));
    // −14000 + 500 × 1.4, and + 700 × 1.4.
    expect(seen.map(({ netAdjustment }) => netAdjustment)).toEqual([cad(-13_300), cad(-13_020)]);
  });

  test("leaves the rest in its own currency", async () => {
    behave(fake, { feeRefund: "within the refund" });
    const intent = fake.books.pay(order({ ...converted, applicationFee: 500 }));
    refund(fake.books, intent, { amount: 5_000, refundFee: true });
    refundFee(fake.books, intent, 250, true);
    // −7000 + 250 × 1.4; the arrived amount of the other US$2.50 is unknown.
    expect(await read(fake, intent, "direct")).toMatchObject({
      netAdjustment: cad(-6_650),
      otherAdjustments: [{ currency: "usd", amount: 250 }],
    });
  });

  test("excludes a reversal that is not booked yet", async () => {
    const intent = fake.books.pay(order({ ...converted, mode: "destination", arrival: rate }));
    reverseTransfer(fake.books, intent, 2_500);
    reverseTransfer(fake.books, intent, 1_000);
    const [last] = fake.books.connect(ACCOUNT).refund.newestFirst();
    if (!last) throw new Error("There is no refund.");
    last.balance_transaction = null;
    expect(await read(fake, intent, "destination")).toMatchObject({
      netAdjustment: cad(-3_500),
      otherAdjustments: [{ currency: "usd", amount: -1_000 }],
    });
  });
});

test("a fee of an unknown type fails its payment alone", async () => {
  fake.books.pay(order({}));
  const odd = fake.books.pay(order({ otherFees: [{ type: "tribute", amount: 1 }] }));
  const page = await readerOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null);
  const reason = expect.stringMatching(/^A fee of txn_\w+ is of the type tribute, which is unknown\.$/) as unknown;
  expect([page.results.length, page.failures]).toEqual([1, [{ stripePaymentId: odd.id, reason }]]);
});

test("an application fee of 0 is not waited for", async () => {
  const intent = fake.books.pay(order({ applicationFee: 0 }));
  expect(fake.books.chargeOf(intent)).toMatchObject({ application_fee_amount: 0, application_fee: null });
  expect(await read(fake, intent, "direct")).toMatchObject({
    feesStatus: "final",
    amounts: amounts(10_000, 320, 0, 9_680),
  });
});

describe("a sale unrelated to the business", () => {
  test("is counted separately, without an exception or revenue", async () => {
    const intent = fake.books.pay(order({ application: "ca_other" }));
    const sale = fromStripe(await read(fake, intent, "direct"));
    expect([sale.reconciliation.status, sale.exception]).toEqual(["unrelated", null]);
    expect(contribution(sale, { livemode: false })).toEqual({});
    expect(unrelatedContribution(sale, { livemode: false })).toEqual({
      cad: { ...NO_TOTALS, count: 1, gross: 10_000, stripeFees: 320, net: 9_680 },
    });
  });

  test("is read even if Stripe shows only the id of its fee, unless it may be the business's", async () => {
    const foreign = { application: "ca_other", applicationFee: 500 };
    const sale = fake.books.pay(order(foreign));
    const workshop = fake.books.pay(order({ ...foreign, metadata: { workshopName: "Cedar Rope" } }));
    const own = fake.books.pay(order({ applicationFee: 500 }));
    for (const intent of [sale, workshop, own]) {
      const { application_fee: fee } = fake.books.chargeOf(intent);
      if (typeof fee === "string") fake.books.unexpanded.add(fee);
    }
    const books = openAccountReader(connectTo(fake, { applicationId: "ca_local" }), ACCOUNT);
    expect(snapshotOf(await books.payment(sale.id))).toMatchObject({
      feesStatus: "final",
      amounts: amounts(10_000, 320, 500, 9_180),
    });
    const { results, failures } = await books.chargesPage(ALL_TIME, null);
    expect(results).toMatchObject([{ stripePaymentId: sale.id }]);
    expect(failures.map(({ stripePaymentId }) => stripePaymentId)).toEqual([own.id, workshop.id]);
  });

  test("becomes the business's with a golden record", async () => {
    const intent = fake.books.pay(order({ application: null, applicationFee: 500 }));
    const sale = reconciled(amounts(10_000, 320, 500, 9_180), await read(fake, intent, "direct"));
    expect(sale.reconciliation.status).toBe("matched");
    expect(contribution(sale, { livemode: false })).toMatchObject({ cad: { count: 1, gross: 10_000 } });
  });
});
