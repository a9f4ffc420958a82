import { discrepancyOf } from "../../src/domain/reconciliation-exception.ts";
import { decide } from "../../src/domain/decide.ts";
import {
  changeOf,
  contribution,
  type Counters,
  countersOf,
  addCounters,
  driftOf,
  sumOf,
  unrelatedContribution,
  workshopKey,
} from "../../src/domain/revenue.ts";
import { derivedFrom, type Totals } from "../../src/domain/totals.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { type Transaction } from "../../src/domain/transaction.ts";
import { PAYMENT_STATUSES } from "../../src/domain/payment.ts";
import { DEFAULTS, newDispute, snapshotSeen, PENDING, recorded, updated } from "../support/records.ts";

const REPORTING = { livemode: false, timeZone: "America/Vancouver" };

const CAD = { count: 1, gross: 1000, stripeFees: 59, platformFees: 41, net: 900 };
const NOTHING = {
  count: 0,
  gross: 0,
  stripeFees: 0,
  platformFees: 0,
  net: 0,
  refunded: 0,
  disputed: 0,
  netAdjustment: 0,
  refundsDeducted: 0,
  disputesDeducted: 0,
  disputeFees: 0,
  feesReturned: 0,
};
const all = (totals: Partial<Totals>): Totals => ({ ...NOTHING, ...totals });

/** The transaction of the golden record, with a Stripe snapshot. */
function withSnapshot(snapshot: Partial<StripeSnapshot>, golden: object = {}): Transaction {
  const context = { now: new Date(200_000), defaults: DEFAULTS };
  return updated(decide(recorded(golden), snapshotSeen(snapshot), context)).next;
}

describe("the contribution to the revenue", () => {
  test.each<[string, Transaction, Record<string, Partial<Totals>>]>([
    ["a golden record", recorded(), { cad: CAD }],
    ["a payment in the other mode", recorded({ livemode: true }), {}],
    ["a payment without a status", recorded({ status: null }), {}],
    ...PAYMENT_STATUSES.filter((status) => status !== "succeeded").map(
      (status) => [`one that is ${status}`, recorded({ status }), {}] as [string, Transaction, object],
    ),
    ["a payment in another currency", recorded({ currency: "usd" }), { usd: CAD }],
    [
      "a record with only a total",
      recorded({ amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null }),
      { cad: { count: 1, gross: 1000 } },
    ],
    [
      "a payment with a negative platform fee",
      recorded({ amount_platform_fee: -41, amount_franchisee_net: 982 }),
      { cad: { ...CAD, platformFees: -41, net: 982 } },
    ],
    ["a payment of zero", recorded({ amount_total: 0 }), { cad: { ...CAD, gross: 0 } }],
    [
      "fractional amounts of a legacy document",
      { ...recorded(), amount_total: 1000.5, amount_stripe_fee: 59.4, amount_franchisee_net: 899.5 },
      { cad: { ...CAD, gross: 1001, stripeFees: 59, net: 900 } },
    ],
    ["a payment with a Stripe snapshot", withSnapshot({}), { cad: CAD }],
    ["a payment with pending fees", withSnapshot({ ...PENDING, netAdjustment: null }), { cad: CAD }],
    ["a refund", withSnapshot({ amountRefunded: 300 }), { cad: { ...CAD, refunded: 300 } }],
    [
      "a refund of a payment that settled in another currency",
      withSnapshot({ charged: { currency: "usd", amount: 800 }, amountRefunded: 300 }),
      { cad: CAD, usd: { refunded: 300 } },
    ],
    [
      "a payment in another currency, without refunds",
      withSnapshot({ charged: { currency: "usd", amount: 800 } }),
      { cad: CAD },
    ],
    [
      "an adjustment of the balance",
      withSnapshot({ amountRefunded: 300, netAdjustment: { currency: "cad", amount: -270 } }),
      { cad: { ...CAD, refunded: 300, netAdjustment: -270 } },
    ],
    [
      "an adjustment of a balance in another currency",
      withSnapshot({ amountRefunded: 300, netAdjustment: { currency: "eur", amount: -200 } }),
      { cad: { ...CAD, refunded: 300 }, eur: { netAdjustment: -200 } },
    ],
    [
      "a refund, a lost dispute, and a fee returned in another currency",
      withSnapshot({
        netAdjustment: { currency: "cad", amount: -3_790 },
        otherAdjustments: [{ currency: "usd", amount: 20 }],
        adjustmentParts: [
          { currency: "cad", refunds: -300, disputes: -500, disputeFees: -3_000, feesReturned: 15, other: -5 },
          { currency: "usd", refunds: 0, disputes: 0, disputeFees: 0, feesReturned: 20, other: 0 },
        ],
      }),
      {
        cad: {
          ...CAD,
          netAdjustment: -3_790,
          refundsDeducted: 300,
          disputesDeducted: 500,
          disputeFees: 3_000,
          feesReturned: 15,
        },
        usd: { netAdjustment: 20, feesReturned: 20 },
      },
    ],
    ["an adjustment of unknown amount", withSnapshot({ netAdjustment: null }), { cad: CAD }],
    ...["needs_response", "under_review", "lost"].map((status): [string, Transaction, object] => [
      `a dispute that is ${status}`,
      withSnapshot({ disputes: [newDispute(status)] }),
      { cad: { ...CAD, disputed: 1000 } },
    ]),
    ...["won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"].map(
      (status): [string, Transaction, object] => [
        `a dispute that is ${status}`,
        withSnapshot({ disputes: [newDispute(status)] }),
        { cad: CAD },
      ],
    ),
    [
      "several disputes, in two currencies",
      withSnapshot({
        disputes: [
          newDispute("won"),
          newDispute("lost", 400),
          newDispute("under_review", 100),
          newDispute("lost", 7, "usd"),
        ],
      }),
      { cad: { ...CAD, disputed: 500 }, usd: { disputed: 7 } },
    ],
    [
      "refunds and disputes of a payment that has not succeeded",
      { ...withSnapshot({ amountRefunded: 300, disputes: [newDispute("lost")] }), status: "canceled" },
      {},
    ],
  ])("of %s has the right amounts", (_what, transaction, revenue) => {
    expect(contribution(transaction, REPORTING)).toEqual(
      Object.fromEntries(Object.entries(revenue).map(([currency, totals]) => [currency, all(totals)])),
    );
  });

  test("of a live deployment includes live payments only", () => {
    const live = { livemode: true };
    expect(contribution(recorded({ livemode: true }), live)).toEqual({ cad: all(CAD) });
    expect(contribution(recorded(), live)).toEqual({});
  });
});

/** The counters that are not 0. */
const nonZero = (counters: Counters) => Object.fromEntries([...counters].filter(([, number]) => number !== 0));

describe("the counters of a transaction", () => {
  test("include all time, its month, its day, its workshop and its reconciliation status", () => {
    const workshop = `2025-10/workshops/${workshopKey({ workshopId: "w/1.~[*]`", organizationType: null })}/totals/cad`;
    const counters = countersOf(
      // In Vancouver it is still October.
      { ...recorded({ workshopId: "w/1.~[*]`" }), day: "2025-10-31" },
      REPORTING,
    );
    const places = ["lifetime/totals/cad", "2025-10/totals/cad", "2025-10/days/2025-10-31/cad", workshop];
    const expected = places.flatMap((place) =>
      Object.entries(CAD).map(([field, number]) => [`${place}/${field}`, number]),
    );
    expect(nonZero(counters)).toEqual({ ...Object.fromEntries(expected), "lifetime/reconciliation/expected": 1 });
  });

  test("include its reconciliation status even if it adds no revenue", () => {
    const transaction = recorded({ status: "canceled", amount_franchisee_net: 901 });
    expect(nonZero(countersOf(transaction, REPORTING))).toEqual({
      "lifetime/reconciliation/mismatched": 1,
      "lifetime/exceptions/open": 1,
    });
  });

  test("have a unique key for each workshop that Firestore accepts, and for no workshop", () => {
    const ids = [null, "", "none", "__proto__", "a/b", ".", "é", "e\u0301", "x".repeat(500)];
    const keys = ids.map((workshopId) => workshopKey({ workshopId, organizationType: null }));
    expect(new Set(keys).size).toBe(ids.length);
    for (const key of keys) expect(key).toMatch(/^(none|[0-9a-f]{32})$/);
  });

  test("have a unique key for each type of organization that books a workshop, or no workshop", () => {
    const texts = [null, "", "null", "a", "b", '"a"', '["a","b"]', "a\nb"];
    const pairs = texts.flatMap((workshopId) => texts.map((organizationType) => ({ workshopId, organizationType })));
    const keys = pairs.map(workshopKey);
    expect(new Set(keys).size).toBe(64);
    for (const key of keys) expect(key).toMatch(/^(none|[0-9a-f]{32})$/);
  });
});

describe("the change of the counters", () => {
  test("includes every counter, also zeros, for a first record", () => {
    const change = changeOf(null, recorded(), REPORTING);
    expect(change.size).toBe(6 + 2 + 4 * 12);
    expect(change.get("lifetime/totals/cad/refunded")).toBe(0);
    expect(change.get("lifetime/exceptions/open")).toBe(0);
  });

  test("is empty if no counted field changes", () => {
    const before = recorded();
    expect(changeOf(before, { ...before, name: "Grace", revision: 1 }, REPORTING).size).toBe(0);
  });

  test("begins with the success, and ends with a correction to the other mode", () => {
    const processing = recorded({ status: "processing" });
    const succeeded = { ...processing, status: "succeeded" };
    expect(changeOf(processing, succeeded, REPORTING).get("lifetime/totals/cad/count")).toBe(1);
    // Of changed totals, every number is included; of unchanged statuses, nothing.
    expect(changeOf(processing, succeeded, REPORTING).size).toBe(4 * 12);
    const live = { ...succeeded, livemode: true };
    expect(changeOf(succeeded, live, REPORTING).get("lifetime/totals/cad/gross")).toBe(-1000);
  });

  test("moves a transaction to another type of organization in the totals of its workshop alone", () => {
    const before = { ...recorded({ workshopId: "a" }), day: "2025-11-14" };
    const after = { ...before, organizationType: "School" };
    const of = (organizationType: string | null) =>
      `2025-11/workshops/${workshopKey({ workshopId: "a", organizationType })}/totals/cad`;
    expect(nonZero(changeOf(before, after, REPORTING))).toEqual(
      Object.fromEntries(
        Object.entries(CAD).flatMap(([field, number]) => [
          [`${of(null)}/${field}`, -number],
          [`${of("School")}/${field}`, number],
        ]),
      ),
    );
  });

  test("moves a transaction from its former workshop or currency to the new one", () => {
    const before = { ...recorded({ workshopId: "a" }), day: "2025-11-14" };
    const moved = nonZero(changeOf(before, { ...before, workshopId: "b" }, REPORTING));
    const of = (id: string) =>
      `2025-11/workshops/${workshopKey({ workshopId: id, organizationType: null })}/totals/cad`;
    expect(moved).toEqual(
      Object.fromEntries(
        Object.entries(CAD).flatMap(([field, number]) => [
          [`${of("a")}/${field}`, -number],
          [`${of("b")}/${field}`, number],
        ]),
      ),
    );
    const exchanged = nonZero(changeOf(before, { ...before, currency: "usd" }, REPORTING));
    expect(exchanged).toMatchObject({ "lifetime/totals/cad/net": -900, "lifetime/totals/usd/net": 900 });
  });

  test("moves a resolved transaction from the open exceptions to the resolved ones", () => {
    const open = recorded({ amount_franchisee_net: 901 });
    const resolution = { stripePaymentId: "pi_1", seen: discrepancyOf(open), isResolved: true, reason: "", by: "" };
    const { next } = updated(
      decide(open, { kind: "resolution", ...resolution }, { now: new Date(), defaults: DEFAULTS }),
    );
    expect(nonZero(changeOf(open, next, REPORTING))).toEqual({
      "lifetime/exceptions/open": -1,
      "lifetime/exceptions/resolved": 1,
    });
  });
});

test("a sum of revenues has every currency with an amount", () => {
  const totals = (gross: number) => all({ count: 1, gross });
  const sum = sumOf([{ usd: totals(2), cad: totals(3) }, {}, { cad: totals(4), eur: all({}) }]);
  expect(sum).toEqual({ cad: { ...totals(7), count: 2 }, usd: totals(2) });
  expect(Object.keys(sum)).toEqual(["cad", "usd"]);
});

describe("the waterfall", () => {
  test.each<[string, Partial<Totals>, ReturnType<typeof derivedFrom>]>([
    ["of nothing", {}, { unallocated: 0, otherAdjustment: 0, earned: 0 }],
    ["of a payment", CAD, { unallocated: 0, otherAdjustment: 0, earned: 900 }],
    [
      // 900 − 300 − 500 − 3000 + 15 = −2885
      "of a payment with refunds, disputes and returned fees",
      {
        ...CAD,
        netAdjustment: -3_785,
        refundsDeducted: 300,
        disputesDeducted: 500,
        disputeFees: 3_000,
        feesReturned: 15,
      },
      { unallocated: 0, otherAdjustment: 0, earned: -2_885 },
    ],
    [
      "of a payment whose fees are pending",
      { count: 1, gross: 1_000 },
      { unallocated: 1_000, otherAdjustment: 0, earned: 0 },
    ],
    [
      "of a document of an earlier version, to which a newer one added a refund of 40",
      { ...CAD, netAdjustment: -310, refundsDeducted: 40 },
      { unallocated: 0, otherAdjustment: -270, earned: 590 },
    ],
  ])("%s adds up", (_what, totals, expected) => {
    expect(derivedFrom(all(totals))).toEqual(expected);
  });
});

test("counters are added to existing ones", () => {
  const sum = new Map([
    ["lifetime/a", 2],
    ["lifetime/b", 1],
  ]);
  addCounters(sum, new Map(Object.entries({ "lifetime/a": 3, "lifetime/c": -1 })));
  expect(Object.fromEntries(sum)).toEqual({ "lifetime/a": 5, "lifetime/b": 1, "lifetime/c": -1 });
});

test("the drift of counters is what they lack, less what they have too much", () => {
  const [right, stored] = [
    { same: 1, more: 5, unknown: 2, none: 0 },
    { same: 1, more: 3, wrong: 4, zero: 0 },
  ].map((counters) => new Map(Object.entries(counters)));
  expect(Object.fromEntries(driftOf(right ?? new Map(), stored ?? new Map()))).toEqual({
    more: 2,
    unknown: 2,
    wrong: -4,
  });
});

test("an unrelated sale counts apart from the revenue", () => {
  const payment = recorded();
  const sale = { ...payment, reconciliation: { ...payment.reconciliation, status: "unrelated" as const } };
  expect(contribution(sale, REPORTING)).toEqual({});
  expect(unrelatedContribution(sale, REPORTING)).toEqual({ cad: all(CAD) });
  expect(unrelatedContribution(payment, REPORTING)).toEqual({});
  const money = [...countersOf(sale, REPORTING)].filter(([counter]) => counter.includes("/cad/"));
  const expected = ["lifetime", "1969-12"].flatMap((document) =>
    Object.entries(all(CAD)).map(([field, amount]) => [`${document}/unrelated/cad/${field}`, amount]),
  );
  expect(Object.fromEntries(money)).toEqual(Object.fromEntries(expected));
});
