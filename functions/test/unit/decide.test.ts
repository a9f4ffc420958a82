import { type Decision, decide } from "../../src/domain/decide.ts";
import { DEFAULTS, goldenRecord, LATER, observation, recorded, updated } from "../support/records.ts";

const correction = "typing error";

describe("a first golden record", () => {
  it("is created with its fields, the defaults and the server's time", () => {
    expect(recorded({ email: null, status: null })).toEqual({
      ...withoutCorrection(goldenRecord({ email: null, status: null })),
      currency: "cad",
      livemode: false,
      source: "orchestrator",
      createdAt: new Date(150_000),
      day: "1969-12-31",
      updatedAt: new Date(150_000),
      revision: 0,
      exceptionOpenedAt: null,
      golden: goldenRecord({ email: null, status: null }),
      goldenSentAt: new Date(100_000),
      stripe: null,
      onBalance: null,
      absentAsOf: null,
      resolution: null,
      erasedAt: null,
      redactions: {},
      exception: null,
      reconciliation: { status: "expected", differences: [], notCompared: [], checkedAt: null },
    });
  });

  it("keeps its currency and mode", () => {
    expect(recorded({ currency: "usd", livemode: true })).toMatchObject({ currency: "usd", livemode: true });
  });

  it("shows 0 for the parts that a legacy sender omits, and records that they are unset", () => {
    const { amount_stripe_fee, golden } = recorded({ amount_stripe_fee: null });
    expect([amount_stripe_fee, golden?.amount_stripe_fee]).toEqual([0, null]);
  });
});

describe("a second golden record", () => {
  test.each<[string, stored: object, arrives: object, at: number, Decision["outcome"]]>([
    ["no change", {}, {}, 100, "duplicate"],
    ["no change, signed again later", {}, {}, 160, "duplicate"],
    ["no change, signed earlier", {}, {}, 40, "duplicate"],
    ["another name", {}, { name: "Grace" }, 160, "updated"],
    ["another name, signed earlier", {}, { name: "Grace" }, 40, "stale"],
    ["a later status", { status: "processing" }, {}, 160, "updated"],
    ["a later status, signed earlier", { status: "processing" }, {}, 40, "updated"],
    ["an earlier status", {}, { status: "processing" }, 160, "stale"],
    ["canceled after a success", {}, { status: "canceled" }, 160, "stale"],
    ["a new attempt", { status: "processing" }, { status: "requires_payment_method" }, 160, "updated"],
    ["other amounts", {}, { amount_franchisee_net: 901 }, 160, "conflict"],
    ["another currency", { currency: "cad" }, { currency: "usd" }, 160, "conflict"],
    ["another mode", { livemode: false }, { livemode: true }, 160, "conflict"],
    ["other amounts, signed earlier", {}, { amount_franchisee_net: 901 }, 40, "stale"],
    ["other amounts with a correction", {}, { amount_franchisee_net: 901, correction }, 160, "updated"],
    ["a correction, signed earlier", {}, { amount_franchisee_net: 901, correction }, 40, "stale"],
    ["fewer amounts than before", {}, { amount_platform_fee: null }, 160, "conflict"],
    ["amounts that were unset", { amount_platform_fee: null }, {}, 160, "updated"],
    ["a currency that was unset", {}, { currency: "usd" }, 160, "updated"],
    ["the default currency, now explicit", {}, { currency: "cad" }, 160, "updated"],
    ["no currency, where the default was explicit", { currency: "cad" }, {}, 160, "updated"],
    ["no currency, where another was explicit", { currency: "usd" }, {}, 160, "conflict"],
  ])("with %s has the right outcome", (_what, stored, arrives, at, outcome) => {
    expect(decide(recorded(stored), observation(arrives, at), LATER).outcome).toBe(outcome);
  });

  it("that is newer replaces the first one, and keeps the creation time", () => {
    const current = recorded();
    const arriving = observation({ name: "Grace" }, 160);
    const { next, reason } = updated(decide(current, arriving, LATER));
    expect(next).toEqual({
      ...current,
      name: "Grace",
      golden: arriving.record,
      goldenSentAt: arriving.sentAt,
      updatedAt: LATER.now,
      revision: 1,
    });
    expect(reason).toBe("newer golden record");
  });

  it("never moves a time backwards, even if the clock is behind", () => {
    const early = { now: new Date(140_000), defaults: DEFAULTS };
    const { next } = updated(decide(recorded(), observation({ name: "Grace" }, 160), early));
    expect(next.updatedAt).toEqual(next.createdAt);
  });

  it("that corrects amounts gives its reason", () => {
    const { next, reason } = updated(
      decide(recorded(), observation({ amount_franchisee_net: 901, correction }, 160), LATER),
    );
    expect([next.amount_franchisee_net, next.reconciliation.status, reason]).toEqual([901, "mismatched", correction]);
  });

  it.each(["conflict", "stale"])("that is a %s names the amounts that differ", (outcome) => {
    const arriving = observation({ amount_total: 1100, currency: "usd" }, outcome === "stale" ? 40 : 160);
    expect(decide(recorded({ currency: "cad" }), arriving, LATER)).toEqual({
      outcome,
      conflicts: [
        { field: "amount_total", recorded: 1000, received: 1100 },
        { field: "currency", recorded: "cad", received: "usd" },
      ],
    });
  });

  it("of the same second has the same result in either order", () => {
    const [ada, grace] = [{ name: "Ada" }, { name: "Grace" }];
    expect(decide(recorded(ada), observation(grace, 100), LATER).outcome).toBe("updated");
    expect(decide(recorded(grace), observation(ada, 100), LATER).outcome).toBe("stale");
  });

  it("that omits amounts removes them", () => {
    expect(decide(recorded(), observation({ amount_platform_fee: null }, 160), LATER)).toEqual({
      outcome: "conflict",
      conflicts: [{ field: "amount_platform_fee", recorded: 41, received: 0 }],
    });
  });

  it("is newer than any document of the legacy service", () => {
    const legacy = { ...recorded(), goldenSentAt: null };
    expect(decide(legacy, observation({}, 0), LATER).outcome).toBe("duplicate");
    expect(decide(legacy, observation({ name: "Grace" }, 0), LATER).outcome).toBe("updated");
  });
});

function withoutCorrection<T extends { correction: unknown }>({ correction: _correction, ...fields }: T) {
  return fields;
}
