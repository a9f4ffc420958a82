import { decide } from "../../src/domain/decide.ts";
import type { Money } from "../../src/domain/money.ts";
import type { StripeObservation } from "../../src/domain/observation.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { LATER, PENDING, recorded, snapshotSeen, updated } from "../support/records.ts";

const cad = (amount: number): Money => ({ currency: "cad", amount });
const usd = (amount: number): Money => ({ currency: "usd", amount });

function balanceSeen(kept: Money[], asOfSeconds = 300): StripeObservation {
  return { kind: "balance", stripePaymentId: "pi_1", onBalance: { kept, asOf: new Date(asOfSeconds * 1000) } };
}

/** A payment with a golden record: 1000, of which the franchisee gets 900. */
function known(fields: Partial<StripeSnapshot> = {}): Transaction {
  return updated(decide(recorded(), snapshotSeen(fields), LATER)).next;
}

function after(current: Transaction, ...seen: StripeObservation[]): Transaction {
  return seen.reduce((one, observation) => {
    const decision = decide(one, observation, LATER);
    return "next" in decision ? decision.next : one;
  }, current);
}

describe("the movements of a payment", () => {
  it.each<[string, Partial<StripeSnapshot>, Money[]]>([
    ["the net", {}, [cad(900)]],
    ["the net and a refund", { netAdjustment: cad(-300) }, [cad(600)]],
    ["nothing is left", { netAdjustment: cad(-900) }, []],
    ["a loss", { netAdjustment: cad(-2_415) }, [cad(-1_515)]],
    ["a fee returned in another currency", { otherAdjustments: [usd(30)] }, [cad(900), usd(30)]],
    ["figures that are not final agree with any", PENDING, [cad(1)]],
  ])("that add up to what the franchisee keeps change nothing: %s", (_what, fields, kept) => {
    expect(decide(known(fields), balanceSeen(kept), LATER)).toEqual({ outcome: "duplicate" });
  });

  it.each<[string, Partial<StripeSnapshot>, Money[], unknown[]]>([
    ["a cent less", {}, [cad(899)], [{ field: "balance", recorded: 900, stripe: 899 }]],
    ["none at all", {}, [], [{ field: "balance", recorded: 900, stripe: 0 }]],
    ["an unknown refund", { netAdjustment: cad(-100) }, [cad(500)], [{ field: "balance", recorded: 800, stripe: 500 }]],
    ["another currency", {}, [cad(900), usd(30)], [{ field: "balance", recorded: "0 usd", stripe: "30 usd" }]],
    [
      "two currencies",
      { otherAdjustments: [usd(30)] },
      [cad(930)],
      [
        { field: "balance", recorded: 900, stripe: 930 },
        { field: "balance", recorded: "30 usd", stripe: "0 usd" },
      ],
    ],
  ])("that do not are a discrepancy: %s", (_what, fields, kept, differences) => {
    const { next, reason } = updated(decide(known(fields), balanceSeen(kept), LATER));
    expect(reason).toBe("differs from the balance");
    expect(next).toMatchObject({ exception: "open", reconciliation: { status: "mismatched", differences } });
    expect(next.onBalance).toEqual({ kept, asOf: new Date(300_000) });
    expect(decide(next, balanceSeen(kept, 400), LATER)).toEqual({ outcome: "duplicate" });
  });

  it("that agree later end the discrepancy, in either order", () => {
    const wrong = after(known(), balanceSeen([cad(899)]));
    expect(after(wrong, balanceSeen([cad(900)], 400))).toMatchObject({
      onBalance: null,
      exception: null,
      reconciliation: { status: "matched", differences: [] },
    });
    expect(decide(wrong, balanceSeen([cad(900)], 200), LATER)).toEqual({ outcome: "stale", conflicts: [] });
  });

  it("that agree with a newer snapshot end the discrepancy", () => {
    const wrong = after(known(), balanceSeen([cad(600)]));
    const refunded = after(wrong, snapshotSeen({ netAdjustment: cad(-300) }, 350));
    expect(refunded).toMatchObject({ exception: null, reconciliation: { status: "matched" } });
  });

  it("that differ leave a payment that the orchestrator never sent missing in the portal", () => {
    const created = decide(null, snapshotSeen(), LATER);
    if (created.outcome !== "created") throw new Error(created.outcome);
    expect(after(created.next, balanceSeen([cad(1)]))).toMatchObject({
      exception: "open",
      reconciliation: { status: "missing_in_portal", differences: [{ field: "balance", recorded: 900, stripe: 1 }] },
    });
  });

  it("are ignored before the payment has a Stripe snapshot", () => {
    expect(decide(null, balanceSeen([]), LATER)).toEqual({ outcome: "ignored" });
    expect(decide(recorded(), balanceSeen([]), LATER)).toEqual({ outcome: "ignored" });
  });
});
