import { decide } from "../../src/domain/decide.ts";
import type { StripeObservation } from "../../src/domain/observation.ts";
import type { Payout } from "../../src/domain/payout.ts";
import { DEFAULTS, snapshotSeen, LATER, PENDING, recorded, stripeSnapshot, updated } from "../support/records.ts";

const DAY = 86_400_000;

function payoutSeen(fields: Partial<Payout> = {}): Extract<StripeObservation, { kind: "payout" }> {
  const payout = {
    id: "po_1",
    status: "paid" as const,
    createdAt: new Date(DAY),
    arrivesAt: new Date(2 * DAY),
    ...fields,
  };
  return { kind: "payout", stripePaymentId: "pi_1", payout };
}

const known = updated(decide(recorded(), snapshotSeen(), LATER)).next;
const after = (...seen: StripeObservation[]) =>
  seen.reduce((current, one) => {
    const decision = decide(current, one, LATER);
    return "next" in decision ? decision.next : current;
  }, known);

describe("the payout of a payment", () => {
  it("is kept beside Stripe's facts, and changes nothing else", () => {
    const { next, reason } = updated(decide(known, payoutSeen(), LATER));
    expect(reason).toBe("payout paid");
    expect(next).toEqual({
      ...known,
      revision: known.revision + 1,
      stripe: { ...known.stripe, payout: payoutSeen().payout },
    });
  });

  it("is nothing to record before the payment's facts are", () => {
    expect(decide(null, payoutSeen(), LATER)).toEqual({ outcome: "ignored" });
    expect(decide(recorded(), payoutSeen(), LATER)).toEqual({ outcome: "ignored" });
  });

  it("is said once", () => {
    expect(decide(after(payoutSeen()), payoutSeen(), LATER)).toEqual({ outcome: "duplicate" });
  });

  it.each<[string, Partial<Payout>, Partial<Payout>]>([
    ["one that was paid can fail", { status: "paid" }, { status: "failed" }],
    ["one that is on its way arrives", { status: "in_transit" }, { status: "paid" }],
    ["after one that failed comes another", { status: "failed" }, { id: "po_0", createdAt: new Date(3 * DAY) }],
    ["of two of one second one is in force, whichever comes first", { id: "po_1" }, { id: "po_2" }],
  ])("moves on, in either order: %s", (_what, earlier, later) => {
    const expected = payoutSeen(later).payout;
    expect(after(payoutSeen(earlier), payoutSeen(later)).stripe?.payout).toEqual(expected);
    expect(after(payoutSeen(later), payoutSeen(earlier)).stripe?.payout).toEqual(expected);
    expect(decide(after(payoutSeen(later)), payoutSeen(earlier), LATER)).toEqual({ outcome: "stale", conflicts: [] });
  });

  it("stays when the payment is read again, which does not say it", () => {
    const refunded = snapshotSeen({ amountRefunded: 100 }, 300);
    expect(after(payoutSeen(), refunded).stripe).toMatchObject({ amountRefunded: 100, payout: { id: "po_1" } });
    expect(after(refunded, payoutSeen())).toEqual(after(payoutSeen(), refunded));
    expect(decide(after(payoutSeen()), snapshotSeen({}, 300), LATER)).toEqual({ outcome: "duplicate" });
  });
});

describe("facts that say what is known", () => {
  const confirming = { ...LATER, confirms: true };

  it("are worth a write of their time to those who read side by side, and are no revision", () => {
    const decision = decide(known, snapshotSeen({}, 300), confirming);
    expect(decision).toEqual({
      outcome: "confirmed",
      next: {
        ...known,
        stripe: stripeSnapshot({}, 300),
        reconciliation: { ...known.reconciliation, checkedAt: new Date(300_000) },
      },
    });
  });

  it("keep a reading from between the two from coming back", () => {
    const decision = decide(known, snapshotSeen({}, 300), confirming);
    if (decision.outcome !== "confirmed") throw new Error(decision.outcome);
    expect(decide(decision.next, snapshotSeen(PENDING, 250), confirming).outcome).toBe("stale");
    expect(decide(known, snapshotSeen(PENDING, 250), confirming).outcome).toBe("updated");
  });

  it.each([
    ["of the same moment", 200, "duplicate"],
    ["of an earlier one", 100, "stale"],
  ])("%s are not", (_what, asOf, outcome) => {
    expect(decide(known, snapshotSeen({}, asOf), confirming).outcome).toBe(outcome);
  });

  it("are not, where nobody reads beside", () => {
    expect(decide(known, snapshotSeen({}, 300), { now: LATER.now, defaults: DEFAULTS }).outcome).toBe("duplicate");
  });
});
