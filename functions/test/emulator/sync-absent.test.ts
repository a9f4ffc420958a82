import { log } from "../../src/log.ts";
import { requiredPermissions } from "../../src/stripe/permissions.ts";
import { newFranchisee, newPayment } from "../support/api.ts";
import { isolateDatabase, revisionsOf } from "../support/database.ts";
import { DAY, HOUR, startTimeline, type Timeline } from "../support/timeline-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();

const startStripe = fakeStripes();
let timeline: Timeline;
beforeEach(async () => {
  timeline = await startTimeline(startStripe);
});

describe("a golden record that Stripe does not know", () => {
  const lost = { id: newPayment() };
  const status = async () => (await timeline.transaction(lost))?.reconciliation.status;
  beforeEach(() => timeline.golden({ stripePaymentId: lost.id }));

  it("is expected for a day, then missing, once, however often it is fetched", async () => {
    await timeline.after(23 * HOUR).sync();
    expect(await status()).toBe("expected");
    await timeline.after(2 * HOUR).sync();
    expect(await status()).toBe("missing_in_stripe");
    for (const span of [HOUR, DAY, DAY]) {
      const [, own] = await timeline.after(span).sync();
      expect(own?.payments).toBeLessThanOrEqual(1);
    }
    expect(await revisionsOf(timeline.franchiseeId, lost.id)).toMatchObject([
      { reason: "Stripe does not know this payment" },
    ]);
  });

  it("is missing if it is another franchisee's payment", async () => {
    const other = timeline.fake.books.pay({ account: newFranchisee(), mode: "destination", amount: 1_000 });
    await timeline.golden({ stripePaymentId: other.id });
    await timeline.after(25 * HOUR).sync();
    expect((await timeline.transaction(other))?.reconciliation.status).toBe("missing_in_stripe");
  });

  it("is missing if the account is not connected", async () => {
    await timeline.after(25 * HOUR).sync();
    jest.spyOn(log, "error").mockReturnValue();
    timeline.fake.books.deauthorize(timeline.franchiseeId);
    const typo = { id: newPayment() };
    await timeline.golden({ stripePaymentId: typo.id });
    await expect(timeline.after(25 * HOUR).sync()).rejects.toThrow("The platform cannot read this account at Stripe");
    expect((await timeline.transaction(typo))?.reconciliation.status).toBe("missing_in_stripe");
    jest.restoreAllMocks();
  });

  it("is missing if the account became unreadable after its scan", async () => {
    await timeline.after(25 * HOUR).sync();
    jest.spyOn(log, "error").mockReturnValue();
    timeline.fake.inject({ path: "/v1/disputes", account: timeline.franchiseeId, times: 3, kind: { status: 500 } });
    timeline.pay();
    await expect(timeline.after(2 * HOUR).sync()).rejects.toThrow("Stripe responds");
    timeline.fake.books.deauthorize(timeline.franchiseeId);
    const late = { id: newPayment() };
    await timeline.golden({ stripePaymentId: late.id });
    await expect(timeline.after(25 * HOUR).sync()).rejects.toThrow("The platform cannot read this account at Stripe");
    expect((await timeline.transaction(late))?.reconciliation.status).toBe("missing_in_stripe");
    jest.restoreAllMocks();
  });

  it("is not missing if the key lacks a permission to read the account", async () => {
    const intent = timeline.pay();
    await timeline.golden({ stripePaymentId: intent.id });
    jest.spyOn(log, "error").mockReturnValue();
    const key = "rk_test_restricted";
    timeline.fake.keys.set(key, { ...requiredPermissions(), account: ["rak_event_read"] });
    await expect(timeline.after(25 * HOUR).sync(key)).rejects.toThrow(
      "The portal's Stripe key lacks a permission (rak_charge_read).",
    );
    expect((await timeline.transaction(intent))?.reconciliation.status).toBe("expected");
    timeline.fake.keys.set(key, requiredPermissions());
    await timeline.after(HOUR).sync(key);
    expect((await timeline.transaction(intent))?.stripe).toMatchObject({ status: "succeeded" });
    jest.restoreAllMocks();
  });

  it("stays expected if Stripe has the payment, but no transfer yet", async () => {
    const intent = timeline.pay({ mode: "transfer" });
    await timeline.golden({ stripePaymentId: intent.id });
    await timeline.after(26 * HOUR).sync();
    expect((await timeline.transaction(intent))?.reconciliation.status).toBe("expected");
  });

  it("is found without a charge by the next 35-day rescan", async () => {
    await timeline.after(25 * HOUR).sync();
    const order = { account: timeline.franchiseeId, mode: "direct" as const, amount: 1_000 };
    const late = timeline.order();
    Object.assign(late, { id: lost.id });
    timeline.fake.books.adopt(late, order);
    await timeline.after(DAY).sync();
    expect(await timeline.transaction(lost)).toMatchObject({
      stripe: { chargeId: null, status: "requires_payment_method" },
    });
  });

  it("is found when it appears", async () => {
    await timeline.after(25 * HOUR).sync();
    expect(await status()).toBe("missing_in_stripe");
    const late = timeline.order();
    const { books } = timeline.fake;
    Object.assign(late, { id: lost.id });
    books.adopt(late, {
      account: timeline.franchiseeId,
      mode: "direct",
      amount: 1_000,
      stripeFee: 59,
      applicationFee: 41,
    });
    books.attempt(late);
    await timeline.after(2 * HOUR).sync();
    expect(await timeline.transaction(lost)).toMatchObject({ absentAsOf: null, reconciliation: { status: "matched" } });
  });
});
