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
  it("is stored in the Stripe snapshot, and changes nothing else", () => {
    const { next, reason } = updated(decide(known, payoutSeen(), LATER));
    expect(reason).toBe("payout paid");
    expect(next).toEqual({
      ...known,
      revision: known.revision + 1,
      stripe: { ...known.stripe, payout: payoutSeen().payout },
    });
  });

  it("is ignored before the payment has a Stripe snapshot", () => {
    expect(decide(null, payoutSeen(), LATER)).toEqual({ outcome: "ignored" });
    expect(decide(recorded(), payoutSeen(), LATER)).toEqual({ outcome: "ignored" });
  });

  it("is recorded once", () => {
    expect(decide(after(payoutSeen()), payoutSeen(), LATER)).toEqual({ outcome: "duplicate" });
  });

  it.each<[string, Partial<Payout>, Partial<Payout>]>([
    ["a paid payout can fail", { status: "paid" }, { status: "failed" }],
    ["a payout in transit is paid", { status: "in_transit" }, { status: "paid" }],
    ["a failed payout is followed by another one", { status: "failed" }, { id: "po_0", createdAt: new Date(3 * DAY) }],
    ["of two payouts in the same second one is chosen by its id", { id: "po_1" }, { id: "po_2" }],
  ])("is replaced by a newer state, in either order: %s", (_what, earlier, later) => {
    const expected = payoutSeen(later).payout;
    expect(after(payoutSeen(earlier), payoutSeen(later)).stripe?.payout).toEqual(expected);
    expect(after(payoutSeen(later), payoutSeen(earlier)).stripe?.payout).toEqual(expected);
    expect(decide(after(payoutSeen(later)), payoutSeen(earlier), LATER)).toEqual({ outcome: "stale", conflicts: [] });
  });

  it("stays when the payment is read again, because a charge does not state it", () => {
    const refunded = snapshotSeen({ amountRefunded: 100 }, 300);
    expect(after(payoutSeen(), refunded).stripe).toMatchObject({ amountRefunded: 100, payout: { id: "po_1" } });
    expect(after(refunded, payoutSeen())).toEqual(after(payoutSeen(), refunded));
    expect(decide(after(payoutSeen()), snapshotSeen({}, 300), LATER)).toEqual({ outcome: "duplicate" });
  });
});

describe("a snapshot that equals the current one", () => {
  const confirming = { ...LATER, confirms: true };

  it("updates the read time for concurrent readers, without a revision", () => {
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

  it("makes an earlier reading stale", () => {
    const decision = decide(known, snapshotSeen({}, 300), confirming);
    if (decision.outcome !== "confirmed") throw new Error(decision.outcome);
    expect(decide(decision.next, snapshotSeen(PENDING, 250), confirming).outcome).toBe("stale");
    expect(decide(known, snapshotSeen(PENDING, 250), confirming).outcome).toBe("updated");
  });

  it.each([
    ["with the same read time", 200, "duplicate"],
    ["with an earlier read time", 100, "stale"],
  ])("%s does not update the read time", (_what, asOf, outcome) => {
    expect(decide(known, snapshotSeen({}, asOf), confirming).outcome).toBe(outcome);
  });

  it("does not update the read time without concurrent readers", () => {
    expect(decide(known, snapshotSeen({}, 300), { now: LATER.now, defaults: DEFAULTS }).outcome).toBe("duplicate");
  });
});
