import { discrepancyOf } from "../../src/domain/reconciliation-exception.ts";
import { decide } from "../../src/domain/decide.ts";
import type { ResolutionObservation } from "../../src/domain/observation.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { DEFAULTS, snapshotSeen, LATER, observation, recorded, updated } from "../support/records.ts";

/** The parts add up to a cent less than the total. */
const open = recorded({ amount_franchisee_net: 899 });

function resolution(of: Transaction, fields: Partial<ResolutionObservation> = {}): ResolutionObservation {
  const defaults = { isResolved: true, reason: "the cent was rounded", by: "ada@example.org" };
  return { kind: "resolution", stripePaymentId: "pi_1", seen: discrepancyOf(of), ...defaults, ...fields };
}

const resolved = updated(decide(open, resolution(open), LATER)).next;

describe("the resolution of an exception", () => {
  it("is stored with its reason, and changes nothing else", () => {
    const { next, reason } = updated(decide(open, resolution(open), LATER));
    expect(reason).toBe("resolved by ada@example.org: the cent was rounded");
    const kept = { ...discrepancyOf(open), reason: "the cent was rounded", by: "head office", at: LATER.now };
    const changed = { exception: "resolved", exceptionOpenedAt: null, updatedAt: LATER.now, revision: 1 };
    expect(next).toEqual({ ...open, ...changed, resolution: kept });
  });

  test.each([
    [{ by: "Ada" }, "Ada", "Ada"],
    [{ by: "Ada <ada@example.org>" }, "head office", "Ada <ada@example.org>"],
    [{ by: "ada\uff20example.org" }, "head office", "ada\uff20example.org"],
    [{ by: "ada%40example.org" }, "head office", "ada%40example.org"],
    [{ by: "uid1", shownAs: "head office" }, "head office", "uid1"],
    [{ by: "ada@example.org", shownAs: "Ada" }, "Ada", "ada@example.org"],
  ])("with %j is shown to franchisees as by %j, to head office as by %j", (fields, shown, kept) => {
    const { next, reason } = updated(decide(open, resolution(open, fields), LATER));
    expect([next.resolution?.by, reason]).toEqual([shown, `resolved by ${kept}: the cent was rounded`]);
  });

  it("can be reverted", () => {
    const { next, reason } = updated(decide(resolved, resolution(open, { isResolved: false, reason: "no" }), LATER));
    expect(reason).toBe("reopened by ada@example.org: no");
    expect(next).toMatchObject({ exception: "open", resolution: null, revision: 2, exceptionOpenedAt: LATER.now });
  });

  it("does not change when an exception opened that stays open, and another one has a time of its own", () => {
    const openedAt = open.exceptionOpenedAt;
    expect(openedAt).toEqual(open.updatedAt);
    const worse = observation({ amount_franchisee_net: 898, correction: "typing error" }, 160);
    expect(updated(decide(open, worse, LATER)).next).toMatchObject({ exception: "open", exceptionOpenedAt: openedAt });
    const again = updated(decide(resolved, worse, LATER)).next;
    expect(again).toMatchObject({ exception: "open", exceptionOpenedAt: LATER.now });
    expect(recorded().exceptionOpenedAt).toBeNull();
  });

  test.each<[string, Transaction | null, ResolutionObservation, object]>([
    ["an unknown payment", null, resolution(open), { outcome: "ignored" }],
    ["a payment without an exception", recorded(), resolution(recorded()), { outcome: "ignored" }],
    ["a resolved exception", resolved, resolution(open), { outcome: "duplicate" }],
    ["an open exception, when reopening it", open, resolution(open, { isResolved: false }), { outcome: "duplicate" }],
    [
      "an exception that has changed",
      recorded({ amount_franchisee_net: 898 }),
      resolution(open),
      { outcome: "stale", conflicts: [] },
    ],
  ])("changes nothing of %s", (_what, current, seen, decision) => {
    expect(decide(current, seen, LATER)).toEqual(decision);
  });

  it("covers only this discrepancy: any other one is open", () => {
    const correction = "typing error";
    const worse = observation({ amount_franchisee_net: 898, correction }, 160);
    expect(updated(decide(resolved, worse, LATER)).next).toMatchObject({ exception: "open" });
    const same = observation({ amount_franchisee_net: 899, name: "Grace" }, 160);
    expect(updated(decide(resolved, same, LATER)).next).toMatchObject({ exception: "resolved", name: "Grace" });
    const right = observation({ correction }, 160);
    const agreed = updated(decide(resolved, right, { now: LATER.now, defaults: DEFAULTS })).next;
    expect(updated(decide(agreed, snapshotSeen(), LATER)).next).toMatchObject({ exception: null });
  });
});
