import { log } from "../../src/log.ts";
import { requiredPermissions } from "../../src/stripe/permissions.ts";
import { newFranchisee, newPayment } from "../support/api.ts";
import { isolateDatabase, revisionsOf } from "../support/database.ts";
import { DAY, HOUR, story } from "../support/story.ts";

isolateDatabase();

describe("a golden record that Stripe does not know", () => {
  const lost = { id: newPayment() };
  const status = async () => (await story.transaction(lost))?.reconciliation.status;
  beforeEach(() => story.golden({ stripePaymentId: lost.id }));

  it("is expected for a day, then missing, once, however often it is looked for", async () => {
    await story.after(23 * HOUR).sync();
    expect(await status()).toBe("expected");
    await story.after(2 * HOUR).sync();
    expect(await status()).toBe("missing_in_stripe");
    for (const span of [HOUR, DAY, DAY]) {
      const [, own] = await story.after(span).sync();
      expect(own?.payments).toBeLessThanOrEqual(1);
    }
    expect(await revisionsOf(story.franchiseeId, lost.id)).toMatchObject([
      { reason: "Stripe does not know this payment" },
    ]);
  });

  it("is missing where it is somebody else's payment", async () => {
    const other = story.fake.books.pay({ account: newFranchisee(), mode: "destination", amount: 1_000 });
    await story.golden({ stripePaymentId: other.id });
    await story.after(25 * HOUR).sync();
    expect((await story.transaction(other))?.reconciliation.status).toBe("missing_in_stripe");
  });

  it("is missing where the account is none", async () => {
    await story.after(25 * HOUR).sync();
    jest.spyOn(log, "error").mockReturnValue();
    story.fake.books.deauthorize(story.franchiseeId);
    const typo = { id: newPayment() };
    await story.golden({ stripePaymentId: typo.id });
    await expect(story.after(25 * HOUR).sync()).rejects.toThrow("The platform cannot read this account at Stripe");
    expect((await story.transaction(typo))?.reconciliation.status).toBe("missing_in_stripe");
    jest.restoreAllMocks();
  });

  it("is missing where the account could no longer be read after its walk", async () => {
    await story.after(25 * HOUR).sync();
    jest.spyOn(log, "error").mockReturnValue();
    story.fake.inject({ path: "/v1/refunds", account: story.franchiseeId, times: 3, kind: { status: 500 } });
    story.pay();
    await expect(story.after(2 * HOUR).sync()).rejects.toThrow("Stripe answers");
    story.fake.books.deauthorize(story.franchiseeId);
    const late = { id: newPayment() };
    await story.golden({ stripePaymentId: late.id });
    await expect(story.after(25 * HOUR).sync()).rejects.toThrow("The platform cannot read this account at Stripe");
    expect((await story.transaction(late))?.reconciliation.status).toBe("missing_in_stripe");
    jest.restoreAllMocks();
  });

  it("is not missing where it is the key that lacks a permission to read the account", async () => {
    const intent = story.pay();
    await story.golden({ stripePaymentId: intent.id });
    jest.spyOn(log, "error").mockReturnValue();
    const key = "rk_test_restricted";
    story.fake.keys.set(key, { ...requiredPermissions(), account: ["rak_event_read"] });
    await expect(story.after(25 * HOUR).sync(key)).rejects.toThrow(
      "The portal's Stripe key lacks a permission (rak_charge_read).",
    );
    expect((await story.transaction(intent))?.reconciliation.status).toBe("expected");
    story.fake.keys.set(key, requiredPermissions());
    await story.after(HOUR).sync(key);
    expect((await story.transaction(intent))?.stripe).toMatchObject({ status: "succeeded" });
    jest.restoreAllMocks();
  });

  it("is waited for where Stripe has the payment, and has yet to pass it on", async () => {
    const intent = story.pay({ mode: "transfer" });
    await story.golden({ stripePaymentId: intent.id });
    await story.after(26 * HOUR).sync();
    expect((await story.transaction(intent))?.reconciliation.status).toBe("expected");
  });

  it("is back, without having been charged, by the next deep pass", async () => {
    await story.after(25 * HOUR).sync();
    const order = { account: story.franchiseeId, mode: "direct" as const, amount: 1_000 };
    const late = story.order();
    Object.assign(late, { id: lost.id });
    story.fake.books.adopt(late, order);
    await story.after(DAY).sync();
    expect(await story.transaction(lost)).toMatchObject({
      stripe: { chargeId: null, status: "requires_payment_method" },
    });
  });

  it("is back when it appears", async () => {
    await story.after(25 * HOUR).sync();
    expect(await status()).toBe("missing_in_stripe");
    const late = story.order();
    const { books } = story.fake;
    Object.assign(late, { id: lost.id });
    books.adopt(late, {
      account: story.franchiseeId,
      mode: "direct",
      amount: 1_000,
      stripeFee: 59,
      applicationFee: 41,
    });
    books.attempt(late);
    await story.after(2 * HOUR).sync();
    expect(await story.transaction(lost)).toMatchObject({ absentAsOf: null, reconciliation: { status: "matched" } });
  });
});
