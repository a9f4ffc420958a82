import { EVENT_TYPES, eventSubjectSchema } from "../../src/domain/stripe-event.ts";

test("these are the types that the ledger hears of: the endpoints in Stripe are set up to send them", () => {
  const families: Record<string, string> = {
    payment_intent: "succeeded payment_failed canceled processing requires_action",
    charge: "succeeded updated captured failed refunded expired",
    "charge.dispute": "created updated closed funds_withdrawn funds_reinstated",
    refund: "created updated failed",
    transfer: "created updated reversed",
    application_fee: "created refunded",
    payout: "paid failed reconciliation_completed",
  };
  const types = Object.entries(families).flatMap(([of, kinds]) => kinds.split(" ").map((kind) => `${of}.${kind}`));
  expect([...EVENT_TYPES].toSorted()).toEqual(types.toSorted());
});

describe("what an event is about", () => {
  test.each<object>([
    { kind: "payment", stripePaymentId: "pi_1" },
    { kind: "charge", chargeId: "ch_1" },
    { kind: "charge_elsewhere", chargeId: "ch_1", account: "acct_1" },
    { kind: "transfer_group", transferGroup: "g" },
    { kind: "payout", payoutId: "po_1" },
    { kind: "nothing", reason: "no PaymentIntent" },
  ])("is kept with what it needs, and nothing else: %j", (subject) => {
    expect(eventSubjectSchema.parse({ ...subject, email: "ada@example.org" })).toEqual(subject);
    for (const field of Object.keys(subject)) {
      expect(eventSubjectSchema.safeParse({ ...subject, [field]: undefined }).success).toBe(false);
    }
  });

  it("is never about what has no id", () => {
    expect(eventSubjectSchema.safeParse({ kind: "charge", chargeId: "" }).success).toBe(false);
  });
});
