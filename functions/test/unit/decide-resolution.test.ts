import { discrepancyOf } from "../../src/domain/reconciliation-exception.ts";
import { decide } from "../../src/domain/decide.ts";
import type { ResolutionObservation } from "../../src/domain/observation.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { DEFAULTS, snapshotSeen, LATER, observation, recorded, updated } from "../support/records.ts";

/** Its parts leave a cent of the total. */
const open = recorded({ amount_franchisee_net: 899 });

function resolution(of: Transaction, fields: Partial<ResolutionObservation> = {}): ResolutionObservation {
  const said = { isResolved: true, reason: "the cent was rounded", by: "ada@example.org" };
  return { kind: "resolution", stripePaymentId: "pi_1", seen: discrepancyOf(of), ...said, ...fields };
}

const resolved = updated(decide(open, resolution(open), LATER)).next;

describe("an operator who lets an exception stand", () => {
  it("is kept with the reason, and changes nothing else", () => {
    const { next, reason } = updated(decide(open, resolution(open), LATER));
    expect(reason).toBe("resolved by ada@example.org: the cent was rounded");
    const kept = { ...discrepancyOf(open), reason: "the cent was rounded", by: "head office", at: LATER.now };
    expect(next).toEqual({ ...open, exception: "resolved", resolution: kept, updatedAt: LATER.now, revision: 1 });
  });

  test.each([
    [{ by: "Ada" }, "Ada", "Ada"],
    [{ by: "Ada <ada@example.org>" }, "head office", "Ada <ada@example.org>"],
    [{ by: "ada\uff20example.org" }, "head office", "ada\uff20example.org"],
    [{ by: "ada%40example.org" }, "head office", "ada%40example.org"],
    [{ by: "uid1", shownAs: "head office" }, "head office", "uid1"],
    [{ by: "ada@example.org", shownAs: "Ada" }, "Ada", "ada@example.org"],
  ])("%j: is shown to franchisees as %j, to head office as %j", (fields, shown, kept) => {
    const { next, reason } = updated(decide(open, resolution(open, fields), LATER));
    expect([next.resolution?.by, reason]).toEqual([shown, `resolved by ${kept}: the cent was rounded`]);
  });

  it("can open it again", () => {
    const { next, reason } = updated(decide(resolved, resolution(open, { isResolved: false, reason: "no" }), LATER));
    expect(reason).toBe("reopened by ada@example.org: no");
    expect(next).toMatchObject({ exception: "open", resolution: null, revision: 2 });
  });

  test.each<[string, Transaction | null, ResolutionObservation, object]>([
    ["what nobody has recorded", null, resolution(open), { outcome: "ignored" }],
    ["what is no exception", recorded(), resolution(recorded()), { outcome: "ignored" }],
    ["what is resolved", resolved, resolution(open), { outcome: "duplicate" }],
    ["what is open, which is to be so", open, resolution(open, { isResolved: false }), { outcome: "duplicate" }],
    [
      "what differs otherwise by now",
      recorded({ amount_franchisee_net: 898 }),
      resolution(open),
      { outcome: "stale", conflicts: [] },
    ],
  ])("changes nothing of %s", (_what, current, seen, decision) => {
    expect(decide(current, seen, LATER)).toEqual(decision);
  });

  it("has let only this one stand: whatever differs otherwise is open", () => {
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
