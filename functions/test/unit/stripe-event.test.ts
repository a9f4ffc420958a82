import { eventSubjectSchema, type StripeEvent, subjectKeyOf } from "../../src/domain/stripe-event.ts";

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

describe("the key of a subject", () => {
  const event: StripeEvent = {
    id: "evt_1",
    type: "charge.succeeded",
    account: "acct_1",
    livemode: false,
    createdAt: new Date(0),
    subject: { kind: "payment", stripePaymentId: "pi_1" },
  };
  const key = subjectKeyOf(event);

  it("is the same for every event of the subject, and short", () => {
    const other = { ...event, id: "evt_2", type: "charge.refunded", createdAt: new Date(1) };
    expect(subjectKeyOf(other)).toBe(key);
    expect(subjectKeyOf({ ...event, subject: { stripePaymentId: "pi_1", kind: "payment" } })).toBe(key);
    const group = { kind: "transfer_group", transferGroup: "ä".repeat(500) } as const;
    for (const one of [event, { ...event, subject: group }]) expect(subjectKeyOf(one)).toMatch(/^[\w-]{43}$/);
  });

  it.each<Partial<StripeEvent>>([
    { account: "acct_2" },
    { account: null },
    { livemode: true },
    { subject: { kind: "payment", stripePaymentId: "pi_2" } },
    { subject: { kind: "charge", chargeId: "pi_1" } },
  ])("is another one for %j", (fields) => {
    expect(subjectKeyOf({ ...event, ...fields })).not.toBe(key);
  });
});
