import { type Decision, decide } from "../../src/domain/decide.ts";
import type { ErasureObservation, Observation } from "../../src/domain/observation.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { DEFAULTS, snapshotSeen, LATER, NO_DETAILS, observation, recorded, updated } from "../support/records.ts";

const ADA = { name: "Ada", email: "ada@example.org", phone: "604 555 0100" };
const NOBODY = { name: null, email: null, phone: null };
const WORKSHOP = { workshopId: "w1", workshopName: "Rope" };
const LEGACY = { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null };

const erasure: ErasureObservation = {
  kind: "erasure",
  stripePaymentId: "pi_1",
  personal: ["Ada"],
  reason: "the customer asked for it",
  by: "Grace",
};
const original = recorded({ ...ADA, ...WORKSHOP });
const erased = updated(decide(original, erasure, LATER)).next;

describe("an erasure", () => {
  it("removes the customer's data, and changes nothing else", () => {
    const { next, reason } = updated(decide(original, erasure, LATER));
    expect(reason).toBe("personal data erased by Grace: the customer asked for it");
    expect(next).toEqual({
      ...original,
      ...NOBODY,
      golden: { ...observation(WORKSHOP).record, ...NOBODY },
      erasedAt: LATER.now,
      redactions: {},
      updatedAt: LATER.now,
      revision: 1,
    });
  });

  it("recomputes no amount and no status, not even of a legacy document", () => {
    const legacy = { ...original, status: "paid", amount_stripe_fee: 7, source: "orchestrator" as const, golden: null };
    expect(updated(decide(legacy, erasure, LATER)).next).toMatchObject({
      status: "paid",
      amount_stripe_fee: 7,
      source: "orchestrator",
    });
  });

  it("is recorded for a payment without customer data", () => {
    const anonymous = recorded(NOBODY);
    expect(updated(decide(anonymous, erasure, LATER)).next).toMatchObject({ erasedAt: LATER.now, revision: 1 });
  });

  it("is repeated if someone has restored a name by hand", () => {
    const later = { ...LATER, now: new Date(300_000) };
    expect(updated(decide({ ...erased, name: "Ada" }, erasure, later)).next).toEqual({
      ...erased,
      erasedAt: later.now,
      updatedAt: later.now,
      revision: 2,
    });
  });

  test.each<[string, Transaction | null, Decision]>([
    ["an unknown payment", null, { outcome: "ignored" }],
    ["an erased transaction", erased, { outcome: "duplicate" }],
  ])("changes nothing of %s", (_what, current, decision) => {
    expect(decide(current, erasure, LATER)).toEqual(decision);
  });
});

const billing = { ...NO_DETAILS, ...ADA, workshopName: "Cedar" };
const context = { now: new Date(400_000), defaults: DEFAULTS };

describe("after an erasure", () => {
  test.each<[string, Observation, Decision["outcome"]]>([
    ["the same record, signed again", observation({ ...ADA, ...WORKSHOP }, 300), "duplicate"],
    ["a record with another name", observation({ ...ADA, ...WORKSHOP, name: "Grace" }, 300), "duplicate"],
    ["other amounts", observation({ ...ADA, ...WORKSHOP, ...LEGACY, amount_total: 999 }, 300), "conflict"],
    ["an older record", observation({ ...ADA, workshopId: "w0" }, 40), "stale"],
    ["a record with another workshop", observation({ ...ADA, workshopId: "w2" }, 300), "updated"],
    ["a correction", observation({ ...ADA, amount_total: 999, correction: "typing error" }, 300), "updated"],
    ["a Stripe snapshot", snapshotSeen({ details: billing }), "updated"],
    ["an absence from Stripe", { kind: "absence", stripePaymentId: "pi_1", asOf: new Date(9e8) }, "updated"],
  ])("%s brings no name back, and is %j", (_what, seen, outcome) => {
    const decision = decide(erased, seen, context);
    expect(decision.outcome).toBe(outcome);
    if (!("next" in decision)) return;
    expect(JSON.stringify(decision.next)).not.toMatch(/ada/i);
    expect(decision.next).toMatchObject({ ...NOBODY, erasedAt: LATER.now });
  });

  test("a correction keeps its reason", () => {
    const correction = observation({ ...ADA, amount_total: 999, correction: "typing error" }, 300);
    expect(updated(decide(erased, correction, context))).toMatchObject({
      reason: "typing error",
      next: { amount_total: 999, golden: { correction: "typing error" } },
    });
  });

  test("a Stripe snapshot fills fields that are not personal, and is a duplicate when it is read again", () => {
    const { next } = updated(
      decide(updated(decide(recorded(ADA), erasure, LATER)).next, snapshotSeen({ details: billing }), context),
    );
    expect(next).toMatchObject({
      workshopName: "Cedar",
      stripe: { details: { ...NO_DETAILS, workshopName: "Cedar" } },
    });
    expect(decide(next, snapshotSeen({ details: billing }, 300), context)).toEqual({ outcome: "duplicate" });
    const refunded = updated(decide(next, snapshotSeen({ details: billing, amountRefunded: 5 }, 300), context)).next;
    expect(refunded).toMatchObject({ ...NOBODY, stripe: { amountRefunded: 5, details: NOBODY } });
  });

  test("a transaction that is not erased keeps all fields", () => {
    const newer = observation({ ...ADA, name: "Grace" }, 300);
    expect(updated(decide(recorded(ADA), newer, context)).next).toMatchObject({
      ...ADA,
      name: "Grace",
      erasedAt: null,
    });
  });
});

describe("a text in which a sender typed `[erased]`", () => {
  const typed = { workshopId: "[erased] 1", workshopName: "[erased] party", workshopDate: "on [erased]" };
  const newer = { workshopId: "w2", workshopName: "Summer party", workshopDate: "on Monday" };
  const mention: ErasureObservation = { ...erasure, personal: ["Grace"], isMention: true };

  test.each<[string, ErasureObservation | null]>([
    ["nothing was erased", null],
    ["the customer was erased", { ...erasure, personal: ["Ada"] }],
    ["a mentioned person was erased from another text", mention],
  ])("is replaced by the next value if %s", (_where, seen) => {
    const details = { ...NO_DETAILS, ...typed };
    const both = [recorded({ ...typed, organizationType: "for Grace" }), recorded(NOBODY)] as const;
    const [golden, stripe] = [both[0], updated(decide(both[1], snapshotSeen({ details }), LATER)).next];
    const before = (one: Transaction) => (seen ? updated(decide(one, seen, LATER)).next : one);
    expect(updated(decide(before(golden), observation(newer, 300), context)).next).toMatchObject(newer);
    const snapshot = snapshotSeen({ details: { ...NO_DETAILS, ...newer } }, 300);
    const current = seen?.isMention === true ? stripe : before(stripe);
    expect(updated(decide(current, snapshot, context)).next).toMatchObject(newer);
  });

  it("does not remove the reason of a correction, even after an erasure", () => {
    const correction = "[erased]";
    const corrected = updated(
      decide(recorded(ADA), observation({ ...ADA, amount_total: 9, correction }, 300), context),
    );
    const anonymous = updated(decide(corrected.next, erasure, context)).next;
    const again = observation({ ...ADA, amount_total: 8, correction: "typing error" }, 400);
    expect(updated(decide(anonymous, again, context)).reason).toBe("typing error");
  });
});

test("the correction of another customer's payment that mentioned the erased person does not return with the same record", () => {
  const correction = "not by Ada";
  const mentioned = recorded({ name: "Grace", correction });
  const left = updated(decide(mentioned, { ...erasure, isMention: true }, LATER)).next;
  expect(left).toMatchObject({ name: "Grace", erasedAt: null, golden: { correction: "[erased]" } });
  for (const sentAt of [100, 300]) {
    const decision = decide(left, observation({ name: "Grace", correction }, sentAt), context);
    expect(decision).toEqual({ outcome: "duplicate" });
  }
});
