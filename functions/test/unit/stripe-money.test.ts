import type Stripe from "stripe";
import { closeDispute, counterDispute, dispute, failRefund, refund } from "../../dev/fake-stripe/aftermath.ts";
import { BEHAVIOURS } from "../../dev/fake-stripe/behaviour.ts";
import { failPayout, payOut } from "../../dev/fake-stripe/payouts.ts";
import { refundFee, reverseTransfer } from "../../dev/fake-stripe/reversals.ts";
import { decide } from "../../src/domain/ledger.ts";
import { isUnrelated } from "../../src/domain/reconciliation.ts";
import { contribution, unrelatedContribution } from "../../src/domain/revenue.ts";
import type { StripeFacts } from "../../src/domain/stripe-facts.ts";
import { NO_TOTALS } from "../../src/domain/totals.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { type PayoutPage, paymentsIn } from "../../src/stripe/payouts.ts";
import { ACCOUNT, ALL_TIME, booksOf, facts, fake, NOON, order } from "../support/payments.ts";
import { DEFAULTS, NO_DETAILS, observation, stripeFacts, updated } from "../support/records.ts";
import { connectTo } from "../support/stripe.ts";

// Money as Stripe really books it, in each reading of its documentation (docs/stripe-behaviour.md). Every figure is worked out by hand.

const cad = (amount: number) => ({ currency: "cad", amount });

function behave(behaviour: Partial<typeof fake.books.behaviour>): void {
  fake.books.behaviour = { ...fake.books.behaviour, ...behaviour };
}

function captured(fields: Parameters<typeof order>[0], amount: number): Stripe.PaymentIntent {
  const intent = fake.books.order(order(fields));
  fake.books.attempt(intent, "requires_capture");
  fake.books.capture(intent, amount);
  return intent;
}

/** The transaction of a golden record, once Stripe has told these facts. */
function reconciled(record: object, seen: StripeFacts): Transaction {
  const context = { now: new Date(NOON * 1000), defaults: DEFAULTS };
  const first = decide(null, observation(record, NOON), context);
  if (first.outcome !== "created") throw new Error(first.outcome);
  return updated(decide(first.next, { kind: "facts", stripePaymentId: "pi_1", facts: seen }, context)).next;
}

/** What Stripe alone makes of a payment. */
function fromStripe(seen: StripeFacts, applicationId: string | null = "ca_local"): Transaction {
  const defaults = { ...DEFAULTS, applicationId };
  const decision = decide(
    null,
    { kind: "facts", stripePaymentId: "pi_1", facts: seen },
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

describe.each(BEHAVIOURS.partialCapture)("what is not captured, booked as %s", (partialCapture) => {
  beforeEach(() => behave({ partialCapture }));

  test.each([
    // 7000 × 2.9 % + 30 = 233; 7000 − 233 − 500 = 6267.
    ["direct", amounts(7_000, 233, 500, 6_267)],
    // 7000 − 500 = 6500 arrive; of the 500 the platform pays 233, and keeps 267.
    ["destination", amounts(7_000, 233, 267, 6_500)],
  ] as const)("%s: the figures are those of what is, and a right record agrees", async (mode, right) => {
    const { stripeFee: _usual, ...fields } = order({ mode, applicationFee: 500 });
    const intent = fake.books.order(fields);
    fake.books.attempt(intent, "requires_capture");
    fake.books.capture(intent, 7_000);
    const seen = await facts(intent, mode);
    expect(seen).toMatchObject({ amounts: right, netAdjustment: cad(0), amountRefunded: 0, refunds: [] });
    expect(reconciled(right, seen).reconciliation).toMatchObject({ status: "matched", differences: [] });
  });

  test("is not refunded: that is what was captured, and then returned", async () => {
    const intent = captured({}, 4_000);
    expect(await facts(intent, "direct")).toMatchObject({ amountRefunded: 0, refunds: [], netAdjustment: cad(0) });
    refund(fake.books, intent, { amount: 1_000 });
    expect(await facts(intent, "direct")).toMatchObject({
      amountRefunded: 1_000,
      refunds: [{ amount: 1_000, status: "succeeded" }],
      netAdjustment: cad(-1_000),
    });
  });

  test("is not refunded either where nothing was captured", async () => {
    const intent = fake.books.order(order({}));
    fake.books.attempt(intent, "requires_capture");
    fake.books.expire(intent);
    expect(await facts(intent, "direct")).toMatchObject({ status: "canceled", amountRefunded: 0, refunds: [] });
  });

  test("of a refund that fails, the customer gets nothing, whatever the charge's sum says", async () => {
    for (const failedRefund of BEHAVIOURS.failedRefund) {
      behave({ failedRefund });
      const intent = captured({}, 4_000);
      failRefund(fake.books, intent, refund(fake.books, intent, { amount: 1_000 }));
      expect(await facts(intent, "direct")).toMatchObject({ amountRefunded: 0, netAdjustment: cad(0) });
    }
  });
});

test("several captures of one charge are one payment", async () => {
  const intent = fake.books.order(order({ applicationFee: 500 }));
  fake.books.attempt(intent, "requires_capture");
  fake.books.captureSome(intent, 4_000);
  fake.books.captureSome(intent, 1_000);
  fake.books.capture(intent, 2_000);
  // Of the fee of 320 for 10000, 7000 / 10000 are taken: 224.
  expect(await facts(intent, "direct")).toMatchObject({
    amounts: amounts(7_000, 224, 500, 6_276),
    feesStatus: "final",
  });
});

describe.each(BEHAVIOURS.counteredFee)("the fee for countering a dispute, booked by %s", (counteredFee) => {
  beforeEach(() => behave({ counteredFee }));

  test("is the franchisee's, and comes back if the dispute is won", async () => {
    const intents = Array.from({ length: 3 }, () => fake.books.pay(order({})));
    const [lost, won, plain] = intents.map((intent) => ({ intent, open: dispute(fake.books, intent) }));
    if (!lost || !won || !plain) throw new Error("There are no disputes.");
    for (const { intent, open } of [lost, won]) counterDispute(fake.books, intent, open);
    closeDispute(fake.books, lost.intent, lost.open, "lost");
    closeDispute(fake.books, won.intent, won.open, "won");
    // 9680 − 10000 − 1500 − 1500 = −3320, which is what the account's balance says.
    const seen = await facts(lost.intent, "direct");
    expect([seen.settled?.net, seen.netAdjustment]).toEqual([9_680, cad(-13_000)]);
    expect((await facts(won.intent, "direct")).netAdjustment).toEqual(cad(-1_500));
    expect((await facts(plain.intent, "direct")).netAdjustment).toEqual(cad(-11_500));
  });

  test("is the platform's for a charge on its own account", async () => {
    const intent = fake.books.pay(order({ mode: "destination", applicationFee: 820 }));
    counterDispute(fake.books, intent, dispute(fake.books, intent));
    expect((await facts(intent, "destination")).netAdjustment).toEqual(cad(0));
  });
});

describe.each(BEHAVIOURS.platformPaidFee)("Stripe's fee that the platform pays, stated by %s", (platformPaidFee) => {
  const right = amounts(10_000, 320, 500, 9_180);
  const paid = () => {
    behave({ platformPaidFee });
    fake.books.connect(ACCOUNT, "application");
    return fake.books.pay(order({ applicationFee: 820 }));
  };

  test("is no income of the platform's: a right record agrees, and stays as it is", async () => {
    const { reconciliation, ...shown } = reconciled(right, await facts(paid(), "direct"));
    expect(shown).toMatchObject(right);
    const isStated = platformPaidFee !== "nothing";
    const notCompared = isStated ? [] : ["amount_stripe_fee", "amount_platform_fee"];
    expect(reconciliation).toMatchObject({ status: "matched", differences: [], notCompared });
  });

  test("and a wrong one does not", async () => {
    // The net is a cent too high, at the platform's cost.
    const wrong = amounts(10_000, 320, 499, 9_181);
    const { reconciliation } = reconciled(wrong, await facts(paid(), "direct"));
    expect(reconciliation.status).toBe("mismatched");
    expect(reconciliation.differences).toContainEqual({
      field: "amount_franchisee_net",
      recorded: 9_181,
      stripe: 9_180,
    });
  });

  test("nor does one whose fees are not what the net leaves", async () => {
    const { reconciliation } = reconciled(amounts(10_000, 320, 400, 9_180), await facts(paid(), "direct"));
    expect(reconciliation.status).toBe("mismatched");
  });
});

test("of accounts that were Express or Custom before, the account itself pays", async () => {
  fake.books.connect(ACCOUNT, "application_express");
  const intent = fake.books.pay(order({ applicationFee: 500 }));
  expect(await facts(intent, "direct")).toMatchObject({ amounts: amounts(10_000, 320, 500, 9_180) });
});

describe("an application fee that is given back on a charge that settled in another currency", () => {
  const converted = { currency: "usd", settlement: { currency: "cad", rate: 1.4 }, applicationFee: 500 };

  test.each(BEHAVIOURS.feeRefund)("counts as what arrived: %s", async (feeRefundAs) => {
    behave({ feeRefund: feeRefundAs });
    const intent = fake.books.pay(order({ ...converted, stripeFee: 436 }));
    refund(fake.books, intent, { amount: 10_000, refundFee: true });
    // US$100.00 at 1.4 are CA$140.00, and US$5.00 are CA$7.00: −14000 + 700.
    const seen = await facts(intent, "direct");
    expect(seen).toMatchObject({ netAdjustment: cad(-13_300), otherAdjustments: [], applicationFeeRefunded: 500 });
  });

  test("stays in its own currency, and in the revenue, where nothing tells what arrived", async () => {
    const intent = fake.books.pay(order({ ...converted, stripeFee: 436 }));
    refund(fake.books, intent, { amount: 10_000 });
    refundFee(fake.books, intent, 500, true);
    const seen = await facts(intent, "direct");
    expect(seen).toMatchObject({
      netAdjustment: cad(-14_000),
      otherAdjustments: [{ currency: "usd", amount: 500 }],
    });
    expect(contribution(fromStripe(seen), { livemode: false })).toEqual({
      cad: expect.objectContaining({ net: 12_864, netAdjustment: -14_000 }) as unknown,
      usd: { ...NO_TOTALS, refunded: 10_000, netAdjustment: 500 },
    });
  });

  test("and what is taken back of a transfer is what left there", async () => {
    const settlement = { currency: "cad", rate: 1.4 };
    const fields = { ...converted, mode: "destination" as const, applicationFee: 1_000, arrival: settlement };
    const intent = fake.books.pay(order({ ...fields, stripeFee: 436 }));
    reverseTransfer(fake.books, intent, 2_500);
    refundFee(fake.books, intent, 100);
    // US$25.00 are CA$35.00, and US$1.00 is CA$1.40.
    expect((await facts(intent, "destination")).netAdjustment).toEqual(cad(-3_360));
  });
});

test("a fee of a type that nobody knows fails its payment alone", async () => {
  fake.books.pay(order({}));
  const odd = fake.books.pay(order({ otherFees: [{ type: "tribute", amount: 1 }] }));
  const page = await booksOf({ mode: "direct" }).chargesPage(ALL_TIME, null);
  const reason = expect.stringMatching(/^A fee of txn_\w+ is of the type tribute, which is none we know\.$/) as unknown;
  expect([page.readings.length, page.failures]).toEqual([1, [{ stripePaymentId: odd.id, reason }]]);
});

test("an application fee of 0 is waited for by nobody", async () => {
  const intent = fake.books.pay(order({ applicationFee: 0 }));
  expect(fake.books.chargeOf(intent)).toMatchObject({ application_fee_amount: 0, application_fee: null });
  expect(await facts(intent, "direct")).toMatchObject({ feesStatus: "final", amounts: amounts(10_000, 320, 0, 9_680) });
});

describe("a sale unrelated to the business", () => {
  const WORKSHOP = { ...NO_DETAILS, workshopName: "Cedar Rope" };
  test.each<[string, Partial<StripeFacts>, applicationId: string | null, expected: boolean]>([
    ["is not one that our application made", {}, "ca_local", false],
    ["is one that another application made", { application: "ca_other" }, "ca_local", true],
    ["is one that the account made itself", { application: null }, "ca_local", true],
    [
      "is not one that names a workshop, whoever made it",
      { application: "ca_other", details: WORKSHOP },
      "ca_local",
      false,
    ],
    ["is not one by any application, where ours is not configured", { application: "ca_other" }, null, false],
    ["is one that the account made itself, also where ours is not configured", { application: null }, null, true],
    [
      "is not one that the platform charged and passed on",
      { application: null, mode: "destination" },
      "ca_local",
      false,
    ],
    ["is not one of facts from before this was kept", { application: "unknown" }, "ca_local", false],
  ])("%s", (_what, fields, applicationId, expected) => {
    expect(isUnrelated(stripeFacts(fields), applicationId)).toBe(expected);
  });

  test("is counted separately: no exception, and no revenue", async () => {
    const intent = fake.books.pay(order({ application: "ca_other" }));
    const sale = fromStripe(await facts(intent, "direct"));
    expect([sale.reconciliation.status, sale.exception]).toEqual(["unrelated", null]);
    expect(contribution(sale, { livemode: false })).toEqual({});
    expect(unrelatedContribution(sale, { livemode: false })).toEqual({
      cad: { ...NO_TOTALS, count: 1, gross: 10_000, stripeFees: 320, net: 9_680 },
    });
  });

  test("is the business's once a golden record tells of it", async () => {
    const intent = fake.books.pay(order({ application: null, applicationFee: 500 }));
    const sale = reconciled(amounts(10_000, 320, 500, 9_180), await facts(intent, "direct"));
    expect(sale.reconciliation.status).toBe("matched");
    expect(contribution(sale, { livemode: false })).toMatchObject({ cad: { count: 1, gross: 10_000 } });
  });
});

/** The fake's own objects refer to each other by ids. */
function textOf(reference: string | object | null | undefined): string {
  if (typeof reference !== "string") throw new Error("This is no id.");
  return reference;
}

describe("a reference that Stripe shows as a mere id", () => {
  type Kind = "payment_intent" | "balance_transaction" | "application_fee" | "transfer" | "arrival" | "arrived";

  /** The id that is not expanded, of a destination charge with a fee. */
  function bare(intent: Stripe.PaymentIntent, kind: Kind): string {
    const { books } = fake;
    const charge = books.chargeOf(intent);
    const transfer = books.platform.transfer.referred(charge.transfer);
    const arrival = books.connect(ACCOUNT).charge.referred(transfer?.destination_payment);
    const id = {
      payment_intent: intent.id,
      balance_transaction: charge.balance_transaction,
      application_fee: charge.application_fee,
      transfer: transfer?.id,
      arrival: arrival?.id,
      arrived: arrival?.balance_transaction,
    }[kind];
    if (typeof id !== "string") throw new Error(`There is no ${kind}.`);
    return id;
  }

  const paid = () => fake.books.pay(order({ mode: "destination", applicationFee: 820 }));
  const page = () => booksOf({ mode: "destination" }).chargesPage(ALL_TIME, null);

  test.each<Kind>(["balance_transaction", "application_fee", "transfer"])(
    "%s: fails its payment alone",
    async (kind) => {
      const odd = paid();
      paid();
      const id = bare(odd, kind);
      fake.books.bare.add(id);
      const reason = `Stripe shows no more of ${id} than its id: the key may lack the permission to read it.`;
      const { readings, failures, lookUps } = await page();
      expect([readings.length, failures, lookUps]).toEqual([1, [{ stripePaymentId: odd.id, reason }], []]);
      await expect(facts(odd, "destination")).rejects.toThrow(reason);
    },
  );

  test.each<Kind>(["arrival", "arrived"])(
    "%s: what arrived is hidden, as of an account that was closed",
    async (kind) => {
      const odd = paid();
      fake.books.bare.add(bare(odd, kind));
      const { readings, failures } = await page();
      expect([readings.length, failures]).toEqual([1, []]);
      expect(await facts(odd, "destination")).toMatchObject({ feesStatus: "hidden", received: null, amounts: null });
    },
  );

  test("payment_intent: the payment is looked up by it", async () => {
    const odd = paid();
    paid();
    fake.books.bare.add(odd.id);
    expect(await page()).toMatchObject({ lookUps: [odd.id], failures: [] });
    expect(await facts(odd, "destination")).toMatchObject({ feesStatus: "final" });
  });

  test("latest_charge, and a refund's balance transaction: fail their payment alone", async () => {
    const [one, other] = [fake.books.pay(order({})), fake.books.pay(order({}))];
    fake.books.bare.add(fake.books.chargeOf(one).id);
    const { balance_transaction: balance } = refund(fake.books, other, { amount: 100 });
    fake.books.bare.add(textOf(balance));
    await expect(facts(one, "direct")).rejects.toThrow(`no more of ${fake.books.chargeOf(one).id} than its id`);
    await expect(facts(other, "direct")).rejects.toThrow(`no more of ${textOf(balance)} than its id`);
    const { readings, failures } = await booksOf({ mode: "direct" }).chargesPage(ALL_TIME, null);
    expect([readings.length, failures.map(({ stripePaymentId }) => stripePaymentId)]).toEqual([1, [other.id]]);
  });
});

describe("what is in a payout", () => {
  async function contentOf(payout: Stripe.Payout): Promise<PayoutPage> {
    const all: PayoutPage = { payments: [], unresolved: [] };
    for await (const page of paymentsIn(connectTo(fake), ACCOUNT, payout.id)) {
      all.payments.push(...page.payments);
      all.unresolved.push(...page.unresolved);
    }
    return all;
  }

  test("names a payment that was passed on from the platform's balance, by its group", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    fake.books.addTransfer(intent, 9_000, { isFromBalance: true });
    const payments = [{ stripePaymentId: intent.id, chargedOn: null }];
    expect(await contentOf(payOut(fake.books, ACCOUNT))).toEqual({ payments, unresolved: [] });
  });

  test.each(BEHAVIOURS.failedPayout)("is in the next one, if it fails: %s", async (failedPayout) => {
    behave({ failedPayout });
    const first = fake.books.pay(order({}));
    failPayout(fake.books, ACCOUNT, payOut(fake.books, ACCOUNT));
    failPayout(fake.books, ACCOUNT, payOut(fake.books, ACCOUNT));
    const second = fake.books.pay(order({ mode: "destination" }));
    const { payments, unresolved } = await contentOf(payOut(fake.books, ACCOUNT));
    expect(new Set(payments.map(({ stripePaymentId }) => stripePaymentId))).toEqual(new Set([first.id, second.id]));
    expect(unresolved).toEqual([]);
  });

  test("is not told of one that was made by hand, and keeps nothing from the next", async () => {
    fake.books.pay(order({}));
    failPayout(fake.books, ACCOUNT, payOut(fake.books, ACCOUNT, { automatic: false }));
    const intent = fake.books.pay(order({}));
    const { payments } = await contentOf(payOut(fake.books, ACCOUNT));
    expect(payments.map(({ stripePaymentId }) => stripePaymentId)).toEqual([intent.id]);
  });

  test("is found where Stripe shows mere ids", async () => {
    const direct = fake.books.pay(order({}));
    const passedOn = fake.books.pay(order({ mode: "destination" }));
    const other = fake.books.pay(order({ mode: "destination" }));
    const { transfer } = fake.books.chargeOf(passedOn);
    fake.books.bare.add(fake.books.chargeOf(direct).id).add(textOf(transfer)).add(fake.books.chargeOf(other).id);
    const { payments, unresolved } = await contentOf(payOut(fake.books, ACCOUNT));
    expect(new Set(payments.map(({ stripePaymentId }) => stripePaymentId))).toEqual(
      new Set([direct.id, passedOn.id, other.id]),
    );
    expect(unresolved).toEqual([]);
  });
});
