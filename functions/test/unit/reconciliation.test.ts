import { unallocatedMinor } from "../../src/domain/money.ts";
import { reconcile as reconcileFor } from "../../src/domain/reconciliation.ts";
import { NO_REGISTERS, type Registers } from "../../src/domain/transaction.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { goldenRecord, PENDING, stripeSnapshot } from "../support/records.ts";

const reconcile = (registers: Registers, currency: string) => reconcileFor(registers, currency, "ca_local");

const legacy = { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null };

const registers = (said: Partial<Registers>): Registers => {
  return { ...NO_REGISTERS, goldenSentAt: new Date(100_000), ...said };
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

describe("a golden record before Stripe has been asked", () => {
  test.each<[string, object, string, object[]]>([
    ["adds up", {}, "expected", []],
    ["names a total alone", legacy, "expected", []],
    ["adds up with a negative platform fee", { amount_platform_fee: -59, amount_franchisee_net: 1000 }, "expected", []],
    [
      "leaves a cent over",
      { amount_franchisee_net: 899 },
      "mismatched",
      [{ field: "unallocated", recorded: 1, stripe: 0 }],
    ],
    [
      "gives away more than it has",
      { amount_franchisee_net: 1000 },
      "mismatched",
      [{ field: "unallocated", recorded: -100, stripe: 0 }],
    ],
    [
      "leaves out one part of three",
      { amount_platform_fee: null },
      "mismatched",
      [{ field: "unallocated", recorded: 41, stripe: 0 }],
    ],
  ])("that %s", (_what, fields, status, differences) => {
    const standing = { status, differences, notCompared: [], checkedAt: null };
    expect(reconcile(registers({ golden: goldenRecord(fields) }), "cad")).toEqual(standing);
  });
});

describe("beside Stripe's books", () => {
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
    ["said the total alone", legacy, {}, "matched", []],
    ["said the total alone, and Stripe shows no more", legacy, HIDDEN, "expected", []],
    ["says the mode, and is right", { livemode: false }, {}, "matched", []],
    ["is behind a success", { status: "processing" }, {}, "matched", []],
    ["said one part alone", { ...legacy, amount_stripe_fee: 59 }, {}, "matched", []],
    [
      "is a cent off in the net",
      { amount_franchisee_net: 901 },
      {},
      "mismatched",
      [{ field: "amount_franchisee_net", recorded: 901, stripe: 900 }],
    ],
    [
      "is off in the total and the platform's part",
      { amount_total: 1001, amount_platform_fee: 42 },
      {},
      "mismatched",
      [
        { field: "amount_total", recorded: 1001, stripe: 1000 },
        { field: "amount_platform_fee", recorded: 42, stripe: 41 },
      ],
    ],
    ["has other money before the fees are final", { amount_total: 1001 }, PENDING, "mismatched", [UNALLOCATED]],
    ["agrees as far as one can tell before the fees are final", {}, PENDING, "expected", []],
    ["is ahead of a payment on its way", {}, { status: "processing", ...PENDING }, "expected", []],
    [
      "claims a success that Stripe has canceled",
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
      "claims that a success was canceled",
      { status: "canceled" },
      {},
      "mismatched",
      [{ field: "status", recorded: "canceled", stripe: "succeeded" }],
    ],
    [
      "claims a success that Stripe has not seen minutes later",
      {},
      { status: "requires_payment_method", asOf: new Date(401_000), ...PENDING },
      "mismatched",
      [{ field: "status", recorded: "succeeded", stripe: "requires_payment_method" }],
    ],
    [
      "claims a success that Stripe has not seen after five minutes, which a clock may be ahead",
      {},
      { status: "processing", asOf: new Date(400_000), ...PENDING },
      "expected",
      [],
    ],
    [
      "claims no success, minutes before",
      { status: "processing" },
      { status: "requires_payment_method", asOf: new Date(401_000), ...PENDING },
      "expected",
      [],
    ],
    ["agrees with what an account's payment still shows", {}, HIDDEN, "expected", [], NOT_SHOWN],
    [
      "agrees with that, and not with itself",
      { amount_franchisee_net: 901 },
      HIDDEN,
      "mismatched",
      [{ ...UNALLOCATED, recorded: -1 }],
      NOT_SHOWN,
    ],
    [
      "differs from what an account's payment still shows",
      { amount_total: 1001, amount_platform_fee: 42 },
      HIDDEN,
      "mismatched",
      [{ field: "amount_total", recorded: 1001, stripe: 1000 }],
      NOT_SHOWN,
    ],
    [
      "names no currency, and Stripe's are all others than the default",
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
    ["knows of the cancellation", { status: "canceled" }, { status: "canceled", settled: null }, "matched", []],
    [
      "knows of the cancellation, which was in another currency",
      { status: "canceled" },
      { status: "canceled", settled: null, charged: { currency: "usd", amount: 800 } },
      "matched",
      [],
    ],
    [
      "names a currency that Stripe has not heard of",
      { currency: "eur" },
      {},
      "mismatched",
      [{ field: "currency", recorded: "eur", stripe: "cad" }],
      ["amount_total", "amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"],
    ],
    [
      "is of the other mode",
      { livemode: true },
      {},
      "mismatched",
      [{ field: "livemode", recorded: true, stripe: false }],
    ],
    ["is in the currency that the payment settled in", { currency: "cad" }, usdSettledInCad, "matched", []],
    [
      "is in the currency that the customer paid in: the total alone can be compared",
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
      "is of a payment that reached the franchisee in another currency",
      { currency: "cad" },
      passedOnInUsd,
      "matched",
      [],
      ["amount_platform_fee", "amount_franchisee_net"],
    ],
  ])("a record that %s", (_what, golden, snapshot, status, differences, notCompared = []) => {
    const record = goldenRecord(golden);
    const { checkedAt, ...standing } = reconcile(
      registers({ golden: record, stripe: stripeSnapshot(snapshot) }),
      record.currency ?? "cad",
    );
    expect(standing).toEqual({ status, differences, notCompared });
    expect(checkedAt).toEqual(snapshot.asOf ?? new Date(200_000));
  });

  it("contradicts a success that the legacy service has told, nobody knows when", () => {
    const stripe = stripeSnapshot({ status: "processing", ...PENDING }, 0);
    expect(reconcile(registers({ golden: goldenRecord(), goldenSentAt: null, stripe }), "cad").differences).toEqual([
      { field: "status", recorded: "succeeded", stripe: "processing" },
    ]);
  });

  it("misses a record that the orchestrator never sent", () => {
    expect(reconcile(registers({ stripe: stripeSnapshot() }), "cad")).toEqual({
      status: "missing_in_portal",
      differences: [],
      notCompared: [],
      checkedAt: new Date(200_000),
    });
  });

  it("misses a payment that Stripe does not know, and still says that its parts do not add up", () => {
    const asked = new Date(86_400_000);
    expect(reconcile(registers({ golden: goldenRecord(), absentAsOf: asked }), "cad")).toMatchObject({
      status: "missing_in_stripe",
      checkedAt: asked,
    });
    expect(
      reconcile(registers({ golden: goldenRecord({ amount_total: 1001 }), absentAsOf: asked }), "cad"),
    ).toMatchObject({
      status: "missing_in_stripe",
      differences: [UNALLOCATED],
    });
  });
});
