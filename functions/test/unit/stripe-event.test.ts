import { eventSubjectSchema } from "../../src/domain/stripe-event.ts";

describe("the subject of an event", () => {
  test.each<object>([
    { kind: "payment", stripePaymentId: "pi_1" },
    { kind: "charge", chargeId: "ch_1" },
    { kind: "charge_elsewhere", chargeId: "ch_1", account: "acct_1" },
    { kind: "transfer_group", transferGroup: "g" },
    { kind: "payout", payoutId: "po_1" },
    { kind: "nothing", reason: "no PaymentIntent" },
  ])("contains only what is needed: %j", (subject) => {
    expect(eventSubjectSchema.parse({ ...subject, email: "ada@example.org" })).toEqual(subject);
    for (const field of Object.keys(subject)) {
      expect(eventSubjectSchema.safeParse({ ...subject, [field]: undefined }).success).toBe(false);
    }
  });

  it("always has an id", () => {
    expect(eventSubjectSchema.safeParse({ kind: "charge", chargeId: "" }).success).toBe(false);
  });
});
