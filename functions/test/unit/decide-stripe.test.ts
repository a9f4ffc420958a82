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

describe("a Stripe snapshot", () => {
  const details = { ...NO_DETAILS, name: "Stripe's Ada", workshopId: "w1", participantCount: 12 };
  const fromStripe = (fields: Partial<StripeSnapshot> = {}): Transaction => {
    const decision = decide(null, snapshotSeen(fields), LATER);
    if (decision.outcome !== "created") throw new Error(decision.outcome);
    return decision.next;
  };

  it("of an unknown payment creates it, as of Stripe's creation time", () => {
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
      onBalance: null,
      absentAsOf: null,
      resolution: null,
      erasedAt: null,
      redactions: {},
      exception: "open",
      exceptionOpenedAt: LATER.now,
      reconciliation: { status: "missing_in_portal", differences: [], notCompared: [], checkedAt: new Date(200_000) },
    });
  });

  it("shows the charged amount until the other figures are available", () => {
    expect(fromStripe(PENDING)).toMatchObject({ amount_total: 1000, amount_stripe_fee: 0, amount_franchisee_net: 0 });
  });

  it("shows the currency in which everything settled, else the charged one", () => {
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
    "of an unknown payment that is %s is ignored",
    (status) => {
      expect(decide(null, snapshotSeen({ status, ...PENDING }), LATER)).toEqual({ outcome: "ignored" });
    },
  );

  it("is overridden by any golden record; the creation time stays", () => {
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

  it("fills what the orchestrator never sent, and overwrites nothing", () => {
    const recordStatus = { name: "Ada", amount_stripe_fee: 58, amount_platform_fee: null, amount_franchisee_net: null };
    const current = recorded(recordStatus);
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

  it("does not set the currency before it is final", () => {
    const charged = { currency: "usd", amount: 1000 };
    const pending = updated(decide(recorded(), snapshotSeen({ charged, ...PENDING }), LATER)).next;
    expect(pending).toMatchObject({ currency: "cad", reconciliation: { status: "expected" } });
  });

  it("fills the currency and the mode if the record has none", () => {
    const other = { currency: "usd", amount: 1000 };
    const settled = { ...other, net: 900, fees: [{ type: "stripe_fee", amount: 59 }] };
    const { next } = updated(decide(recorded(), snapshotSeen({ charged: other, settled, livemode: true }), LATER));
    expect(next).toMatchObject({ currency: "usd", livemode: true, reconciliation: { status: "matched" } });
  });

  test.each<[recordStatus: string | null, stripe: StripeSnapshot["status"], asOf: number, shown: string]>([
    [null, "processing", 50, "processing"],
    ["processing", "succeeded", 50, "succeeded"],
    ["succeeded", "processing", 200, "succeeded"],
    ["succeeded", "canceled", 200, "succeeded"],
    ["canceled", "processing", 200, "canceled"],
    ["processing", "requires_payment_method", 200, "requires_payment_method"],
    ["processing", "requires_payment_method", 50, "processing"],
    ["processing", "requires_payment_method", 100, "requires_payment_method"],
  ])("only moves the status forward: record %s, Stripe %s at %d, shown %s", (recordStatus, status, asOf, shown) => {
    const decision = decide(recorded({ status: recordStatus }), snapshotSeen({ status, ...PENDING }, asOf), LATER);
    expect(updated(decision).next.status).toBe(shown);
  });

  test.each<[string, Partial<StripeSnapshot>, asOf: number, Decision["outcome"]]>([
    ["an equal one", {}, 200, "duplicate"],
    ["an equal one that is read again", {}, 300, "duplicate"],
    ["an older one", { amountRefunded: 5 }, 199, "stale"],
    ["a newer one", { amountRefunded: 5 }, 201, "updated"],
    ["a newer one with the end of a dispute", { disputeStatus: "won" }, 201, "updated"],
    ["a newer one that no longer shows the arrival", HIDDEN, 201, "duplicate"],
  ])("after another one: %s has the right outcome", (_what, fields, asOf, outcome) => {
    expect(decide(fromStripe(), snapshotSeen(fields, asOf), LATER).outcome).toBe(outcome);
  });

  it("that adds a deadline to a dispute recorded without one is stored once, and makes no difference", () => {
    const dispute = { id: "dp_1", amount: 1000, currency: "cad", status: "needs_response", reason: "fraudulent" };
    const disputed = (respondBy: Date | null) => ({
      disputes: [{ ...dispute, isCountered: false, respondBy, createdAt: new Date(100_000) }],
    });
    const before = fromStripe(disputed(null));
    const { next } = updated(decide(before, snapshotSeen(disputed(new Date(900_000)), 300), LATER));
    expect(next.stripe?.disputes[0]?.respondBy).toEqual(new Date(900_000));
    expect({ ...next.reconciliation, checkedAt: null }).toEqual({ ...before.reconciliation, checkedAt: null });
    expect(next.exception).toBe(before.exception);
    expect(decide(next, snapshotSeen(disputed(new Date(900_000)), 400), LATER).outcome).toBe("duplicate");
  });

  it("states its reason for an update, and nothing if it is stale", () => {
    const current = fromStripe();
    expect(updated(decide(current, snapshotSeen({ amountRefunded: 5 }, 201), LATER)).reason).toBe(
      "newer Stripe snapshot",
    );
    expect(decide(current, snapshotSeen({ amountRefunded: 5 }, 199), LATER)).toEqual({
      outcome: "stale",
      conflicts: [],
    });
  });

  it("of the same moment with other content has the same result in any order, whenever the payout arrives", () => {
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

  it("is recorded if its later read time contradicts a success", () => {
    const processing = { status: "processing" as const, ...PENDING };
    const current = updated(decide(recorded({ amount_total: 1001 }), snapshotSeen(processing), LATER)).next;
    expect(current.reconciliation.differences).toEqual([{ field: "unallocated", recorded: 1, stripe: 0 }]);
    const { next } = updated(decide(current, snapshotSeen(processing, 401), LATER));
    expect(next.reconciliation.differences).toEqual([
      { field: "status", recorded: "succeeded", stripe: "processing" },
      { field: "unallocated", recorded: 1, stripe: 0 },
    ]);
  });
});

test("figures are kept when a later snapshot hides them, in either order", () => {
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
  // A snapshot of another charge does not keep them.
  const again = updated(decide(recorded(), shown, LATER)).next;
  const other = snapshotSeen({ ...HIDDEN, chargeId: "ch_2" }, 300);
  expect(updated(decide(again, other, LATER)).next).toMatchObject({ stripe: { feesStatus: "hidden", amounts: null } });
});

describe("a payment that Stripe does not know", () => {
  const at = (hours: number) => ({ now: new Date(hours * 3_600_000), defaults: DEFAULTS });
  const day1 = { ...recorded(), createdAt: new Date(3_600_000), updatedAt: new Date(0) };
  const missed = updated(decide(day1, absenceSeen(25), at(25))).next;

  it("is expected for a day, then missing, once", () => {
    expect(decide(day1, absenceSeen(24.99), at(25)).outcome).toBe("ignored");
    expect(missed.reconciliation).toMatchObject({ status: "missing_in_stripe", checkedAt: new Date(25 * 3_600_000) });
    expect(updated(decide(day1, absenceSeen(25), at(25))).reason).toBe("Stripe does not know this payment");
    expect(decide(missed, absenceSeen(48), at(48)).outcome).toBe("duplicate");
  });

  it("stays missing when the orchestrator changes its record", () => {
    const { next } = updated(decide(missed, observation({ name: "Grace" }, 90_000), at(49)));
    expect(next.reconciliation.status).toBe("missing_in_stripe");
  });

  it("is no longer missing once Stripe knows it, and an earlier absence is stale", () => {
    const { next } = updated(decide(missed, snapshotSeen({}, 100_000), at(50)));
    expect(next).toMatchObject({ absentAsOf: null, reconciliation: { status: "matched" } });
    expect(decide(next, absenceSeen(60), at(60))).toEqual({ outcome: "stale", conflicts: [] });
  });

  it("is ignored if it was never recorded", () => {
    expect(decide(null, absenceSeen(48), at(48))).toEqual({ outcome: "ignored" });
  });
});
