import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import {
  closeDispute,
  dispute,
  DISPUTE_FEE,
  failRefund,
  refund,
} from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { isOpen } from "../../src/domain/stripe-snapshot.ts";
import { ALL_TIME, readerOf, read, NOON, order, startStripeAtNoon } from "../support/payment-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

// Changes of a payment after its success, read from Stripe's objects by the official SDK over HTTP.

const cad = (amount: number) => ({ currency: "cad", amount });

describe("refunds", () => {
  const full = { amountRefunded: 10_000, transferReversed: 10_000, applicationFeeRefunded: 500 };

  test.each<[string, "direct" | "destination", Parameters<typeof refund>[2][], object]>([
    ["none", "direct", [], { amountRefunded: 0, transferReversed: 0, applicationFeeRefunded: 0 }],
    [
      "a part",
      "direct",
      [{ amount: 2_500 }],
      { amountRefunded: 2_500, transferReversed: 0, applicationFeeRefunded: 0, netAdjustment: cad(-2_500) },
    ],
    [
      "all, with the fee",
      "direct",
      [{ refundFee: true }],
      { ...full, transferReversed: 0, netAdjustment: cad(-9_500) },
    ],
    [
      "a part, at the platform's cost",
      "destination",
      [{ amount: 2_500 }],
      { amountRefunded: 2_500, transferReversed: 0, netAdjustment: cad(0) },
    ],
    [
      "a part, at the franchisee's cost",
      "destination",
      [{ amount: 2_500, reverseTransfer: true }],
      { amountRefunded: 2_500, transferReversed: 2_500, applicationFeeRefunded: 0, netAdjustment: cad(-2_500) },
    ],
    [
      "in two parts, with reversal and fee",
      "destination",
      [
        { amount: 2_500, reverseTransfer: true, refundFee: true },
        { reverseTransfer: true, refundFee: true },
      ],
      { ...full, netAdjustment: cad(-9_500) },
    ],
  ])("of %s (%s) leave the payment's four figures unchanged", async (_what, mode, refunds, expected) => {
    const intent = fake.books.pay(order({ mode, applicationFee: 500 }));
    const { amounts } = await read(fake, intent, mode);
    for (const one of refunds) refund(fake.books, intent, one);
    expect(await read(fake, intent, mode)).toMatchObject({
      ...expected,
      amounts,
      status: "succeeded",
      feesStatus: "final",
    });
  });

  test("have their reasons, oldest first, however many there are", async () => {
    const intent = fake.books.pay(order({}));
    refund(fake.books, intent, { amount: 100, reason: "duplicate" });
    const failed = refund(fake.books, intent, { amount: 300 });
    failRefund(fake.books, intent, failed);
    expect(await read(fake, intent, "direct")).toMatchObject({
      amountRefunded: 100,
      refunds: expect.arrayContaining([
        expect.objectContaining({ amount: 100, reason: "duplicate", status: "succeeded" }),
        expect.objectContaining({ id: failed.id, amount: 300, reason: null, status: "failed" }),
      ]) as unknown,
      // A failed refund is booked back.
      netAdjustment: cad(-100),
    });
    for (let more = 0; more < 9; more += 1) refund(fake.books, intent, { amount: 1 });
    const { refunds, netAdjustment } = await read(fake, intent, "direct");
    expect(refunds).toHaveLength(11);
    expect(netAdjustment).toEqual(cad(-109));
    expect(await readerOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null)).toMatchObject({
      incomplete: [intent.id],
    });
  });

  test("return as much of the fee as the refund's own balance transaction states", async () => {
    const intent = fake.books.pay(order({ mode: "direct", applicationFee: 500 }));
    const { balance_transaction } = refund(fake.books, intent, { refundFee: true });
    const own = fake.books.chargeAccount(fake.books.specOf(intent)).balance_transaction.referred(balance_transaction);
    const back = { type: "application_fee", amount: -500, application: null, currency: "cad", description: null };
    Object.assign(own ?? {}, { fee: -500, net: -9_500, fee_details: [back] });
    expect(await read(fake, intent, "direct")).toMatchObject({
      applicationFeeRefunded: 500,
      netAdjustment: cad(-9_500),
    });
  });

  test("reverse the amount that Stripe booked, if the franchisee has another currency", async () => {
    const arrival = { currency: "usd", rate: 0.7 };
    const intent = fake.books.pay(order({ mode: "destination", transferAmount: 9_000, arrival }));
    expect(await read(fake, intent, "destination")).toMatchObject({ netAdjustment: { currency: "usd", amount: 0 } });
    refund(fake.books, intent, { amount: 2_500, reverseTransfer: true });
    // 2500 of 10000 are refunded, so 9000 × 2500 / 10000 = CA$22.50 are reversed: US$15.75 at 0.7.
    expect(await read(fake, intent, "destination")).toMatchObject({
      transferReversed: 2_250,
      netAdjustment: { currency: "usd", amount: -1_575 },
      otherAdjustments: [],
    });
  });

  test("of earlier payments are found by their own time", async () => {
    const chargedAt = [NOON - 86_400 * 40, NOON - 60];
    const [before, after] = chargedAt.map((at) => fake.books.pay(order({ mode: "destination", chargedAt: at })));
    if (!before || !after) throw new Error("There are no payments.");
    for (const intent of [before, after]) refund(fake.books, intent, { amount: 1 });
    dispute(fake.books, before);
    const window = { from: new Date((NOON - 10) * 1000), to: new Date((NOON + 10) * 1000) };
    const moved = (chargedBefore: number) =>
      readerOf(fake, { mode: "destination" }).updatedPayments(window, new Date(chargedBefore * 1000));
    expect(await moved(NOON - 3_600)).toEqual([before.id]);
    expect((await moved(NOON)).toSorted()).toEqual([before.id, after.id].toSorted());
  });

  test("of a connected account are found on its balance, its disputes by their own time", async () => {
    const [refunded, disputed] = [fake.books.pay(order({})), fake.books.pay(order({}))];
    refund(fake.books, refunded, { amount: 1 });
    dispute(fake.books, disputed);
    const window = { from: new Date((NOON - 10) * 1000), to: new Date((NOON + 10) * 1000) };
    const moved = await readerOf(fake, { mode: "direct" }).updatedPayments(window, new Date((NOON + 1) * 1000));
    expect(moved).toEqual([disputed.id]);
  });
});

test("all disputes count, the newest one sets the status, and a list states which payments to fetch", async () => {
  const intent = fake.books.pay(order({}));
  const first = dispute(fake.books, intent);
  expect(await read(fake, intent, "direct")).toMatchObject({
    disputeStatus: "needs_response",
    disputes: [{ id: first.id, amount: 10_000, currency: "cad", reason: "fraudulent", status: "needs_response" }],
    netAdjustment: cad(-10_000 - DISPUTE_FEE),
  });
  closeDispute(fake.books, intent, first, "won");
  expect(await read(fake, intent, "direct")).toMatchObject({ disputeStatus: "won", netAdjustment: cad(-DISPUTE_FEE) });
  closeDispute(fake.books, intent, dispute(fake.books, intent), "lost");
  const { disputes, netAdjustment } = await read(fake, intent, "direct");
  expect(disputes.map(({ status }) => status).toSorted()).toEqual(["lost", "won"]);
  expect(netAdjustment).toEqual(cad(-10_000 - 2 * DISPUTE_FEE));
  expect(await readerOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null)).toMatchObject({
    results: [],
    incomplete: [intent.id],
  });
});

test.each([
  // NOON and seven days.
  [NOON + 604_800, "2026-11-08T12:00:00.000Z"],
  [0, null],
  [null, null],
])("a dispute whose evidence is due by %p has the deadline %p", async (due, respondBy) => {
  const intent = fake.books.pay(order({}));
  dispute(fake.books, intent).evidence_details.due_by = due;
  const [disputed] = (await read(fake, intent, "direct")).disputes;
  expect(disputed?.respondBy?.toISOString() ?? null).toBe(respondBy);
});

test("a payment is open, and fetched again, until its last refund and its last dispute have ended", async () => {
  const intent = fake.books.pay(order({}));
  const openNow = async (): Promise<boolean> => isOpen(await read(fake, intent, "direct"));
  expect(await openNow()).toBe(false);
  const given = refund(fake.books, intent, { amount: 100 });
  for (const [status, expected] of [
    ["pending", true],
    ["requires_action", true],
    ["succeeded", false],
    ["failed", false],
  ] as const) {
    given.status = status;
    expect([status, await openNow()]).toEqual([status, expected]);
  }
  const first = dispute(fake.books, intent);
  const second = dispute(fake.books, intent);
  closeDispute(fake.books, intent, second, "won");
  expect(await openNow()).toBe(true);
  closeDispute(fake.books, intent, first, "lost");
  expect(await openNow()).toBe(false);
});
