import type { StripeEvent } from "../../src/domain/stripe-event.ts";
import { receivedEventSchema } from "../../src/stripe/events.ts";

/** An event as Stripe sends it, with its object. */
const sent = (type: string, object: object, fields: object = {}) => ({
  id: "evt_1",
  object: "event",
  type,
  livemode: false,
  created: 1_700_000_000,
  data: { object: { id: "obj_1", ...object } },
  ...fields,
});

function subjectOf(type: StripeEvent["type"], object: object): StripeEvent["subject"] {
  const received = receivedEventSchema.parse(sent(type, object));
  if (received.kind !== "event") throw new Error(received.type);
  return received.event.subject;
}

test.each<[StripeEvent["type"], object, StripeEvent["subject"]]>([
  ["payment_intent.succeeded", { id: "pi_1" }, { kind: "payment", stripePaymentId: "pi_1" }],
  ["charge.updated", { id: "ch_1", payment_intent: "pi_1" }, { kind: "payment", stripePaymentId: "pi_1" }],
  ["charge.updated", { payment_intent: { id: "pi_1", amount: 1 } }, { kind: "payment", stripePaymentId: "pi_1" }],
  ["charge.updated", { id: "ch_1", payment_intent: null }, { kind: "nothing", reason: "no PaymentIntent" }],
  ["charge.dispute.created", { charge: "ch_1", payment_intent: "pi_1" }, { kind: "payment", stripePaymentId: "pi_1" }],
  ["charge.dispute.created", { charge: "ch_1", payment_intent: null }, { kind: "charge", chargeId: "ch_1" }],
  ["refund.failed", { charge: "ch_1", payment_intent: "pi_1" }, { kind: "payment", stripePaymentId: "pi_1" }],
  ["refund.created", { charge: "ch_1" }, { kind: "charge", chargeId: "ch_1" }],
  ["refund.created", { charge: null, payment_intent: null }, { kind: "nothing", reason: "no PaymentIntent" }],
  ["transfer.created", { source_transaction: "ch_1", transfer_group: "g" }, { kind: "charge", chargeId: "ch_1" }],
  [
    "transfer.reversed",
    { source_transaction: null, transfer_group: "g" },
    { kind: "transfer_group", transferGroup: "g" },
  ],
  [
    "transfer.created",
    { source_transaction: null },
    { kind: "nothing", reason: "a transfer that belongs to no charge" },
  ],
  [
    "application_fee.created",
    { account: "acct_1", charge: "py_1", originating_transaction: "ch_1" },
    { kind: "charge", chargeId: "ch_1" },
  ],
  [
    "application_fee.refunded",
    { account: "acct_1", charge: "ch_1", originating_transaction: null },
    { kind: "charge_elsewhere", chargeId: "ch_1", account: "acct_1" },
  ],
  ["payout.paid", { id: "po_1" }, { kind: "payout", payoutId: "po_1" }],
])("%s of %j has the right subject", (type, object, subject) => {
  expect(subjectOf(type, object)).toEqual(subject);
});

test("only the needed fields of an event are kept", () => {
  const object = { id: "pi_1", receipt_email: "ada@example.org", metadata: { name: "Ada" }, amount: 1_000 };
  expect(receivedEventSchema.parse(sent("payment_intent.succeeded", object, { account: "acct_1" }))).toEqual({
    kind: "event",
    event: {
      id: "evt_1",
      type: "payment_intent.succeeded",
      account: "acct_1",
      livemode: false,
      createdAt: new Date(1_700_000_000_000),
      subject: { kind: "payment", stripePaymentId: "pi_1" },
    },
  });
});

test.each([
  ["customer.created", {}],
  ["payment_intent.created", { id: "pi_1" }],
  ["account.updated", { id: 1 }],
])("%s is ignored", (type, object) => {
  expect(receivedEventSchema.parse(sent(type, object))).toEqual({ kind: "other", type });
});

test.each<[string, object, string]>([
  ["an id of another kind", sent("payout.paid", {}, { id: "in_1" }), "id"],
  ["an id with a path", sent("payout.paid", {}, { id: "evt_1/../x" }), "id"],
  ["a type with a path", sent("a/b", {}), "type"],
  ["a missing mode", sent("payout.paid", {}, { livemode: "false" }), "livemode"],
  ["an object without an id", sent("payout.paid", { id: 7 }), "data.object.id"],
])("an event with %s is refused, naming the field", (_what, event, path) => {
  const parsed = receivedEventSchema.safeParse(event);
  expect(parsed.error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
});
