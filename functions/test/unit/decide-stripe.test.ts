import { type Decision, decide } from "../../src/domain/decide.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import {
  absenceSeen,
  DEFAULTS,
  snapshotSeen,
  HIDDEN,
  LATER,
  NO_DETAILS,
  observation,
  PENDING,
  recorded,
  stripeSnapshot,
  updated,
} from "../support/records.ts";

describe("Stripe's facts", () => {
  const details = { ...NO_DETAILS, name: "Stripe's Ada", workshopId: "w1", participantCount: 12 };
  const fromStripe = (fields: Partial<StripeSnapshot> = {}): Transaction => {
    const decision = decide(null, snapshotSeen(fields), LATER);
    if (decision.outcome !== "created") throw new Error(decision.outcome);
    return decision.next;
  };

  it("of a payment that nobody has recorded create it, as of when Stripe created it", () => {
    expect(fromStripe({ details })).toEqual({
      ...details,
      stripePaymentId: "pi_1",
      amount_total: 1000,
      amount_stripe_fee: 59,
      amount_platform_fee: 41,
      amount_franchisee_net: 900,
      currency: "cad",
      livemode: false,
      status: "succeeded",
      source: "stripe",
      createdAt: new Date(50_000),
      day: "1969-12-31",
      updatedAt: LATER.now,
      revision: 0,
      golden: null,
      goldenSentAt: null,
      stripe: stripeSnapshot({ details }),
      absentAsOf: null,
      resolution: null,
      erasedAt: null,
      redactions: {},
      exception: "open",
      reconciliation: { status: "missing_in_portal", differences: [], notCompared: [], checkedAt: new Date(200_000) },
    });
  });

  it("show what was charged until Stripe has the rest", () => {
    expect(fromStripe(PENDING)).toMatchObject({ amount_total: 1000, amount_stripe_fee: 0, amount_franchisee_net: 0 });
  });

  it("show the currency that everything settled in, else the one that was charged", () => {
    const settled = { currency: "cad", amount: 1300, net: 1200, fees: [{ type: "stripe_fee", amount: 100 }] };
    const charged = { currency: "usd", amount: 1000 };
    expect(fromStripe({ charged, settled })).toMatchObject({ currency: "cad", amount_total: 1300 });
    const elsewhere = { mode: "destination" as const, received: { currency: "eur", net: 700 } };
    expect(fromStripe({ charged, settled, ...elsewhere })).toMatchObject({
      currency: "usd",
      amount_total: 1000,
      amount_franchisee_net: 0,
      stripe: { amounts: null },
    });
  });

  test.each(["processing", "requires_payment_method", "canceled"] as const)(
    "of a payment that is %s and nobody has recorded are nothing to record",
    (status) => {
      expect(decide(null, snapshotSeen({ status, ...PENDING }), LATER)).toEqual({ outcome: "ignored" });
    },
  );

  it("give way to the golden record, whatever it says; the creation stays", () => {
    const current = fromStripe({ details });
    const record = { amount_total: 7, name: "Ada", workshopId: null };
    const { next, reason } = updated(decide(current, observation(record), LATER));
    expect(next).toMatchObject({
      source: "orchestrator",
      amount_total: 7,
      name: "Ada",
      workshopId: "w1",
      createdAt: current.createdAt,
      revision: 1,
      reconciliation: { status: "mismatched", differences: [{ field: "amount_total", recorded: 7, stripe: 1000 }] },
    });
    expect(reason).toBe("first golden record");
  });

  it("fill what the orchestrator never sent, and overwrite nothing that it did", () => {
    const said = { name: "Ada", amount_stripe_fee: 58, amount_platform_fee: null, amount_franchisee_net: null };
    const current = recorded(said);
    const { next, reason } = updated(decide(current, snapshotSeen({ details }), LATER));
    expect(next).toMatchObject({
      golden: current.golden,
      goldenSentAt: current.goldenSentAt,
      name: "Ada",
      workshopId: "w1",
      participantCount: 12,
      amount_total: 1000,
      amount_stripe_fee: 58,
      amount_platform_fee: 41,
      amount_franchisee_net: 900,
      source: "orchestrator",
      createdAt: current.createdAt,
      revision: 1,
      reconciliation: { differences: [{ field: "amount_stripe_fee", recorded: 58, stripe: 59 }] },
    });
    expect(reason).toBe("first Stripe snapshot");
  });

  it("say nothing of the currency before they are final", () => {
    const charged = { currency: "usd", amount: 1000 };
    const pending = updated(decide(recorded(), snapshotSeen({ charged, ...PENDING }), LATER)).next;
    expect(pending).toMatchObject({ currency: "cad", reconciliation: { status: "expected" } });
  });

  it("fill the currency and the mode that were not said", () => {
    const other = { currency: "usd", amount: 1000 };
    const settled = { ...other, net: 900, fees: [{ type: "stripe_fee", amount: 59 }] };
    const { next } = updated(decide(recorded(), snapshotSeen({ charged: other, settled, livemode: true }), LATER));
    expect(next).toMatchObject({ currency: "usd", livemode: true, reconciliation: { status: "matched" } });
  });

  test.each<[said: string | null, stripe: StripeSnapshot["status"], asOf: number, shown: string]>([
    [null, "processing", 50, "processing"],
    ["processing", "succeeded", 50, "succeeded"],
    ["succeeded", "processing", 200, "succeeded"],
    ["succeeded", "canceled", 200, "succeeded"],
    ["canceled", "processing", 200, "canceled"],
    ["processing", "requires_payment_method", 200, "requires_payment_method"],
    ["processing", "requires_payment_method", 50, "processing"],
    ["processing", "requires_payment_method", 100, "requires_payment_method"],
  ])("move the status forward only: said %s, Stripe %s at %d, shown %s", (said, status, asOf, shown) => {
    const decision = decide(recorded({ status: said }), snapshotSeen({ status, ...PENDING }, asOf), LATER);
    expect(updated(decision).next.status).toBe(shown);
  });

  test.each<[string, Partial<StripeSnapshot>, asOf: number, Decision["outcome"]]>([
    ["the same", {}, 200, "duplicate"],
    ["the same, read again", {}, 300, "duplicate"],
    ["older ones", { amountRefunded: 5 }, 199, "stale"],
    ["newer ones", { amountRefunded: 5 }, 201, "updated"],
    ["the end of a dispute", { disputeStatus: "won" }, 201, "updated"],
    ["newer ones that no longer see what arrived", HIDDEN, 201, "duplicate"],
  ])("with facts in force, %s are", (_what, fields, asOf, outcome) => {
    expect(decide(fromStripe(), snapshotSeen(fields, asOf), LATER).outcome).toBe(outcome);
  });

  it("say what they are, and of older ones nothing", () => {
    const current = fromStripe();
    expect(updated(decide(current, snapshotSeen({ amountRefunded: 5 }, 201), LATER)).reason).toBe(
      "newer Stripe snapshot",
    );
    expect(decide(current, snapshotSeen({ amountRefunded: 5 }, 199), LATER)).toEqual({
      outcome: "stale",
      conflicts: [],
    });
  });

  it("of one moment that differ end in the same, whichever comes first, and whenever the payout is told", () => {
    const payout = { id: "po_1", status: "paid" as const, createdAt: new Date(0), arrivesAt: new Date(0) };
    const [one, other] = [snapshotSeen(), snapshotSeen({ refunds: [], transferReversed: 5 })];
    const paidOut = { kind: "payout" as const, stripePaymentId: "pi_1", payout };
    const ends = [
      [one, paidOut, other],
      [other, paidOut, one],
      [one, other, paidOut],
      [other, one, paidOut],
    ].map((order) =>
      order.reduce<Transaction | null>((current, seen) => {
        const decision = decide(current, seen, LATER);
        return "next" in decision ? decision.next : current;
      }, null),
    );
    expect(new Set(ends.map((end) => end?.stripe?.transferReversed))).toEqual(new Set([5]));
    expect(ends.map((end) => end?.stripe?.payout)).toEqual(ends.map(() => payout));
  });

  it("are news where they contradict a success by having been read later", () => {
    const onItsWay = { status: "processing" as const, ...PENDING };
    const current = updated(decide(recorded({ amount_total: 1001 }), snapshotSeen(onItsWay), LATER)).next;
    expect(current.reconciliation.differences).toEqual([{ field: "unallocated", recorded: 1, stripe: 0 }]);
    const { next } = updated(decide(current, snapshotSeen(onItsWay, 401), LATER));
    expect(next.reconciliation.differences).toEqual([
      { field: "status", recorded: "succeeded", stripe: "processing" },
      { field: "unallocated", recorded: 1, stripe: 0 },
    ]);
  });
});

test("figures that Stripe has shown once are not lost by a reading that does not show them, in either order", () => {
  const [shown, hidden] = [snapshotSeen({}, 200), snapshotSeen({ ...HIDDEN, amountRefunded: 5 }, 300)];
  const ends = [
    [shown, hidden],
    [hidden, shown],
  ].map((order) => order.reduce((current, seen) => updated(decide(current, seen, LATER)).next, recorded()));
  for (const end of ends) {
    expect(end).toMatchObject({
      stripe: { feesStatus: "final", amounts: { amount_franchisee_net: 900 }, amountRefunded: 5 },
      reconciliation: { status: "matched" },
    });
  }
  expect(ends[0]).toEqual(ends[1]);
  // Of another charge they say nothing.
  const again = updated(decide(recorded(), shown, LATER)).next;
  const other = snapshotSeen({ ...HIDDEN, chargeId: "ch_2" }, 300);
  expect(updated(decide(again, other, LATER)).next).toMatchObject({ stripe: { feesStatus: "hidden", amounts: null } });
});

describe("a payment that Stripe does not know", () => {
  const at = (hours: number) => ({ now: new Date(hours * 3_600_000), defaults: DEFAULTS });
  const day1 = { ...recorded(), createdAt: new Date(3_600_000), updatedAt: new Date(0) };
  const missed = updated(decide(day1, absenceSeen(25), at(25))).next;

  it("is waited for through a day, then missing, once", () => {
    expect(decide(day1, absenceSeen(24.99), at(25)).outcome).toBe("ignored");
    expect(missed.reconciliation).toMatchObject({ status: "missing_in_stripe", checkedAt: new Date(25 * 3_600_000) });
    expect(updated(decide(day1, absenceSeen(25), at(25))).reason).toBe("Stripe does not know this payment");
    expect(decide(missed, absenceSeen(48), at(48)).outcome).toBe("duplicate");
  });

  it("stays missing when the orchestrator changes its record", () => {
    const { next } = updated(decide(missed, observation({ name: "Grace" }, 90_000), at(49)));
    expect(next.reconciliation.status).toBe("missing_in_stripe");
  });

  it("is back as soon as Stripe knows it, and is not lost again", () => {
    const { next } = updated(decide(missed, snapshotSeen({}, 100_000), at(50)));
    expect(next).toMatchObject({ absentAsOf: null, reconciliation: { status: "matched" } });
    expect(decide(next, absenceSeen(60), at(60))).toEqual({ outcome: "stale", conflicts: [] });
  });

  it("is none that anybody has recorded: nothing to record", () => {
    expect(decide(null, absenceSeen(48), at(48))).toEqual({ outcome: "ignored" });
  });
});
