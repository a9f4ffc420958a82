import { unallocatedMinor } from "../../src/domain/money.ts";
import { reconcile as reconcileFor } from "../../src/domain/reconciliation.ts";
import { NO_REGISTERS, type Registers } from "../../src/domain/transaction.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { goldenRecord, NO_DETAILS, PENDING, stripeSnapshot } from "../support/records.ts";

const reconcile = (registers: Registers, currency: string) => reconcileFor(registers, currency, "ca_local");

const legacy = { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null };

const registers = (fields: Partial<Registers>): Registers => {
  return { ...NO_REGISTERS, goldenSentAt: new Date(100_000), ...fields };
};

const UNALLOCATED = { field: "unallocated", recorded: 1, stripe: 0 };

test("the legacy README's split leaves nothing unallocated", () => {
  const amounts = {
    amount_total: 544500,
    amount_stripe_fee: 20177,
    amount_platform_fee: 15790,
    amount_franchisee_net: 508533,
  };
  expect(unallocatedMinor(amounts)).toBe(0);
});

describe("a golden record before a Stripe snapshot", () => {
  test.each<[string, object, string, object[]]>([
    ["adds up", {}, "expected", []],
    ["has only a total", legacy, "expected", []],
    ["adds up with a negative platform fee", { amount_platform_fee: -59, amount_franchisee_net: 1000 }, "expected", []],
    [
      "has a cent unallocated",
      { amount_franchisee_net: 899 },
      "mismatched",
      [{ field: "unallocated", recorded: 1, stripe: 0 }],
    ],
    [
      "allocates more than its total",
      { amount_franchisee_net: 1000 },
      "mismatched",
      [{ field: "unallocated", recorded: -100, stripe: 0 }],
    ],
    [
      "lacks one part of three",
      { amount_platform_fee: null },
      "mismatched",
      [{ field: "unallocated", recorded: 41, stripe: 0 }],
    ],
  ])("that %s has the right status", (_what, fields, status, differences) => {
    const expected = { status, differences, notCompared: [], checkedAt: null };
    expect(reconcile(registers({ golden: goldenRecord(fields) }), "cad")).toEqual(expected);
  });
});

describe("with a Stripe snapshot,", () => {
  const usdSettledInCad = {
    charged: { currency: "usd", amount: 800 },
    settled: { currency: "cad", amount: 1000, net: 900, fees: [{ type: "stripe_fee", amount: 59 }] },
  };
  const HIDDEN = { mode: "destination" as const, feesStatus: "hidden" as const, received: null };
  const NOT_SHOWN = ["amount_platform_fee", "amount_franchisee_net"];
  const euros = { currency: "eur", amount: 1000, net: 941, fees: [{ type: "stripe_fee", amount: 59 }] };
  const passedOnInUsd = { mode: "destination" as const, received: { currency: "usd", net: 650 } };

  test.each<
    [string, golden: object, snapshot: Partial<StripeSnapshot>, status: string, differences: object[], object?]
  >([
    ["agrees to the cent", {}, {}, "matched", []],
    ["has only a total", legacy, {}, "matched", []],
    ["has only a total, while Stripe's other figures are pending", legacy, HIDDEN, "expected", []],
    ["states the right mode", { livemode: false }, {}, "matched", []],
    ["has an earlier status than success", { status: "processing" }, {}, "matched", []],
    ["has only one part", { ...legacy, amount_stripe_fee: 59 }, {}, "matched", []],
    [
      "has a net that is wrong by a cent",
      { amount_franchisee_net: 901 },
      {},
      "mismatched",
      [{ field: "amount_franchisee_net", recorded: 901, stripe: 900 }],
    ],
    [
      "has a wrong total and platform fee",
      { amount_total: 1001, amount_platform_fee: 42 },
      {},
      "mismatched",
      [
        { field: "amount_total", recorded: 1001, stripe: 1000 },
        { field: "amount_platform_fee", recorded: 42, stripe: 41 },
      ],
    ],
    ["has other amounts before the fees are final", { amount_total: 1001 }, PENDING, "mismatched", [UNALLOCATED]],
    ["agrees as far as it can be compared before the fees are final", {}, PENDING, "expected", []],
    ["has a later status than a payment in progress", {}, { status: "processing", ...PENDING }, "expected", []],
    [
      "states a success that Stripe has canceled",
      {},
      { status: "canceled", settled: null },
      "mismatched",
      [
        { field: "amount_total", recorded: 1000, stripe: 0 },
        { field: "amount_stripe_fee", recorded: 59, stripe: 0 },
        { field: "amount_platform_fee", recorded: 41, stripe: 0 },
        { field: "amount_franchisee_net", recorded: 900, stripe: 0 },
        { field: "status", recorded: "succeeded", stripe: "canceled" },
      ],
    ],
    [
      "states the cancellation of a success",
      { status: "canceled" },
      {},
      "mismatched",
      [{ field: "status", recorded: "canceled", stripe: "succeeded" }],
    ],
    [
      "states a success that Stripe does not show minutes later",
      {},
      { status: "requires_payment_method", asOf: new Date(401_000), ...PENDING },
      "mismatched",
      [{ field: "status", recorded: "succeeded", stripe: "requires_payment_method" }],
    ],
    [
      "states a success that Stripe does not show after five minutes, the tolerance for clocks",
      {},
      { status: "processing", asOf: new Date(400_000), ...PENDING },
      "expected",
      [],
    ],
    [
      "states no success, minutes before",
      { status: "processing" },
      { status: "requires_payment_method", asOf: new Date(401_000), ...PENDING },
      "expected",
      [],
    ],
    ["agrees with what Stripe still shows of a hidden payment", {}, HIDDEN, "expected", [], NOT_SHOWN],
    [
      "agrees with that, but does not add up",
      { amount_franchisee_net: 901 },
      HIDDEN,
      "mismatched",
      [{ ...UNALLOCATED, recorded: -1 }],
      NOT_SHOWN,
    ],
    [
      "differs from what Stripe still shows of a hidden payment",
      { amount_total: 1001, amount_platform_fee: 42 },
      HIDDEN,
      "mismatched",
      [{ field: "amount_total", recorded: 1001, stripe: 1000 }],
      NOT_SHOWN,
    ],
    [
      "has no currency, while none of Stripe's is the default",
      {},
      {
        charged: { currency: "eur", amount: 1000 },
        settled: euros,
        mode: "destination",
        received: { currency: "chf", net: 1 },
      },
      "mismatched",
      [{ field: "currency", recorded: "cad", stripe: "eur" }],
      ["amount_total", "amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"],
    ],
    ["states the cancellation", { status: "canceled" }, { status: "canceled", settled: null }, "matched", []],
    [
      "states the cancellation, in another currency",
      { status: "canceled" },
      { status: "canceled", settled: null, charged: { currency: "usd", amount: 800 } },
      "matched",
      [],
    ],
    [
      "has a currency that Stripe's objects do not have",
      { currency: "eur" },
      {},
      "mismatched",
      [{ field: "currency", recorded: "eur", stripe: "cad" }],
      ["amount_total", "amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"],
    ],
    [
      "has the other mode",
      { livemode: true },
      {},
      "mismatched",
      [{ field: "livemode", recorded: true, stripe: false }],
    ],
    ["has the settlement currency", { currency: "cad" }, usdSettledInCad, "matched", []],
    [
      "has the charged currency: only the total can be compared",
      {
        currency: "usd",
        amount_total: 801,
        amount_stripe_fee: 47,
        amount_platform_fee: 33,
        amount_franchisee_net: 721,
      },
      usdSettledInCad,
      "mismatched",
      [{ field: "amount_total", recorded: 801, stripe: 800 }],
      ["amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"],
    ],
    [
      "has a payment that reached the franchisee in another currency",
      { currency: "cad" },
      passedOnInUsd,
      "matched",
      [],
      ["amount_platform_fee", "amount_franchisee_net"],
    ],
  ])("a record that %s has the right status", (_what, golden, snapshot, status, differences, notCompared = []) => {
    const record = goldenRecord(golden);
    const { checkedAt, ...result } = reconcile(
      registers({ golden: record, stripe: stripeSnapshot(snapshot) }),
      record.currency ?? "cad",
    );
    expect(result).toEqual({ status, differences, notCompared });
    expect(checkedAt).toEqual(snapshot.asOf ?? new Date(200_000));
  });

  it("a success in a legacy document of unknown time contradicts Stripe's", () => {
    const stripe = stripeSnapshot({ status: "processing", ...PENDING }, 0);
    expect(reconcile(registers({ golden: goldenRecord(), goldenSentAt: null, stripe }), "cad").differences).toEqual([
      { field: "status", recorded: "succeeded", stripe: "processing" },
    ]);
  });

  it("the status is missing_in_portal if the orchestrator never sent a record", () => {
    expect(reconcile(registers({ stripe: stripeSnapshot() }), "cad")).toEqual({
      status: "missing_in_portal",
      differences: [],
      notCompared: [],
      checkedAt: new Date(200_000),
    });
  });

  it("the status is missing_in_stripe if Stripe does not know the payment, even if its parts do not add up", () => {
    const checkedAt = new Date(86_400_000);
    expect(reconcile(registers({ golden: goldenRecord(), absentAsOf: checkedAt }), "cad")).toMatchObject({
      status: "missing_in_stripe",
      checkedAt,
    });
    expect(
      reconcile(registers({ golden: goldenRecord({ amount_total: 1001 }), absentAsOf: checkedAt }), "cad"),
    ).toMatchObject({
      status: "missing_in_stripe",
      differences: [UNALLOCATED],
    });
  });
});

describe("fees that Stripe states only as their sum", () => {
  const charged = { currency: "cad", amount: 1000 };
  const settled = { ...charged, net: 900, fees: [{ type: "application_fee", amount: 100 }] };
  const notCompared = ["amount_stripe_fee", "amount_platform_fee"];

  test.each<[string, object, object]>([
    ["are not compared", {}, { status: "matched", differences: [], notCompared }],
    ["must add up", { amount_platform_fee: 40 }, { status: "mismatched", differences: [UNALLOCATED], notCompared }],
    [
      "do not excuse another total",
      { amount_total: 1001, amount_platform_fee: 42 },
      { status: "mismatched", differences: [{ field: "amount_total", recorded: 1001, stripe: 1000 }], notCompared },
    ],
  ])("%s", (_what, record, expected) => {
    const golden = goldenRecord(record);
    expect(reconcile(registers({ golden, stripe: stripeSnapshot({ settled }) }), "cad")).toMatchObject(expected);
  });
});

test("the currency of a record without one is not compared before Stripe's figures are final", () => {
  const stripe = stripeSnapshot({ charged: { currency: "usd", amount: 1000 }, ...PENDING });
  expect(reconcile(registers({ golden: goldenRecord(), stripe }), "cad")).toMatchObject({
    status: "expected",
    differences: [],
  });
});

describe("without a golden record, a payment", () => {
  const [OURS, UNRELATED] = ["missing_in_portal", "unrelated"];
  const workshop = (fields: object) => ({ application: null, details: { ...NO_DETAILS, ...fields } });
  test.each<[string, Partial<StripeSnapshot> | null, applicationId: string | null, status: string | undefined]>([
    ["made by this application is missing", { application: "ca_local" }, "ca_local", OURS],
    ["made by another application is unrelated", { application: "ca_other" }, "ca_local", UNRELATED],
    ["made by the account itself is unrelated", { application: null }, "ca_local", UNRELATED],
    ["made by any application is missing if none is configured", { application: "ca_other" }, null, OURS],
    ["made by the account is unrelated even if none is configured", { application: null }, null, UNRELATED],
    ["of an unknown application is missing", { application: "unknown" }, "ca_local", OURS],
    ["on the platform's account is missing", { mode: "destination", application: null }, "ca_local", OURS],
    ["with a workshop's id is missing", workshop({ workshopId: "w1" }), "ca_local", OURS],
    ["with a workshop's name is missing", workshop({ workshopName: "Rope" }), "ca_local", OURS],
    ["that Stripe has not shown is missing", null, "ca_local", OURS],
  ])("%s", (_what, fields, applicationId, status) => {
    const stripe = fields && stripeSnapshot(fields);
    expect(reconcileFor(registers({ stripe }), "cad", applicationId).status).toBe(status);
  });
});
