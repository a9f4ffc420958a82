import {
  amountsOfSnapshot,
  currencyOfSnapshot,
  type Dispute,
  figuresIn,
  isOpen,
  isStripeFeeStated,
  type Refund,
  type StripeSnapshot,
  mergeKnown,
} from "../../src/domain/stripe-snapshot.ts";
import { PAYMENT_STATUSES } from "../../src/domain/payment.ts";
import { HIDDEN, PENDING, stripeSnapshot } from "../support/records.ts";

/** Charged on the platform's account, which transferred 880. */
const PASSED_ON = { mode: "destination" as const, received: { currency: "cad", net: 880 } };
const settled = (currency: string) => ({
  currency,
  amount: 1000,
  net: 900,
  fees: [
    { type: "stripe_fee", amount: 50 },
    { type: "tax", amount: 3 },
    { type: "stripe_fee", amount: 9 },
  ],
});

describe("the figures of a payment", () => {
  const [total, fee] = [{ amount_total: 1000 }, { amount_stripe_fee: 62 }];
  test.each<[string, Partial<StripeSnapshot>, object]>([
    ["are empty before it has settled", { settled: null }, {}],
    [
      "include the net of a direct charge",
      { settled: settled("cad") },
      { ...total, ...fee, amount_platform_fee: 38, amount_franchisee_net: 900 },
    ],
    [
      "include the arrival of a destination charge",
      { settled: settled("cad"), ...PASSED_ON },
      { ...total, ...fee, amount_platform_fee: 58, amount_franchisee_net: 880 },
    ],
    [
      "include the arrivals of separate transfers",
      { settled: settled("cad"), ...PASSED_ON, mode: "transfer" },
      { ...total, ...fee, amount_platform_fee: 58, amount_franchisee_net: 880 },
    ],
    [
      "have a negative platform fee if more arrived than was left",
      { settled: settled("cad"), ...PASSED_ON, received: { currency: "cad", net: 982 } },
      { ...total, ...fee, amount_platform_fee: -44, amount_franchisee_net: 982 },
    ],
    [
      "lack the platform's and the franchisee's part if the arrival is unknown",
      { settled: settled("cad"), ...PASSED_ON, received: null },
      { ...total, ...fee },
    ],
    [
      "lack the platform's and the franchisee's part if the arrival has another currency",
      { settled: settled("cad"), ...PASSED_ON, received: { currency: "eur", net: 700 } },
      { ...total, ...fee },
    ],
    [
      "include a fee that the platform paid in this currency",
      { settled: settled("cad"), platformPaidFee: { currency: "cad", amount: 7 } },
      { ...total, amount_stripe_fee: 69, amount_platform_fee: 31, amount_franchisee_net: 900 },
    ],
    [
      "include no fee that the platform paid in another currency",
      { settled: settled("cad"), platformPaidFee: { currency: "usd", amount: 7 } },
      { ...total, ...fee, amount_platform_fee: 38, amount_franchisee_net: 900 },
    ],
    ["are empty if nothing has this currency", { settled: settled("usd"), charged: charged("usd") }, {}],
    [
      "have only the total if it was charged in this currency",
      { settled: settled("usd"), charged: charged("cad") },
      { amount_total: 800 },
    ],
    [
      "have only the net if it arrived in this currency",
      { settled: settled("usd"), charged: charged("usd"), ...PASSED_ON },
      { amount_franchisee_net: 880 },
    ],
  ])("%s", (_what, fields, figures) => {
    expect(figuresIn(stripeSnapshot(fields), "cad")).toEqual(figures);
  });
});

test.each([
  ["stripe_fee", 100],
  ["payment_method_passthrough_fee", 100],
  ["tax", 100],
  ["withheld_tax", 100],
  ["application_fee", 0],
  ["unknown", 0],
])("of a fee of the type %s, Stripe receives %d of 100", (type, received) => {
  const fees = [{ type, amount: 100 }];
  expect(figuresIn(stripeSnapshot({ settled: { ...settled("cad"), fees } }), "cad").amount_stripe_fee).toBe(received);
});

describe("Stripe's own fee", () => {
  const fees = [{ type: "tax", amount: 3 }];
  const paid = (currency: string) => ({ platformPaidFee: { currency, amount: 62 } });
  test.each<[string, Partial<StripeSnapshot>, isStated: boolean]>([
    ["is stated among the fees", { settled: settled("cad") }, true],
    ["is stated if the platform paid it", { settled: { ...settled("cad"), fees }, ...paid("cad") }, true],
    ["is not stated in another currency", { settled: { ...settled("cad"), fees }, ...paid("usd") }, false],
    ["is not stated by other fees", { settled: { ...settled("cad"), fees } }, false],
    ["is not stated before the payment has settled", { settled: null, ...paid("cad") }, false],
  ])("%s", (_what, fields, isStated) => {
    expect(isStripeFeeStated(stripeSnapshot(fields))).toBe(isStated);
  });
});

function charged(currency: string) {
  return { currency, amount: 800 };
}

describe("the four figures", () => {
  const whole = { amount_total: 1000, amount_stripe_fee: 62, amount_platform_fee: 58, amount_franchisee_net: 880 };
  test.each<[string, Partial<StripeSnapshot>, object | null, currency: string]>([
    ["are in the settlement currency", PASSED_ON, whole, "cad"],
    ["are null before they are final", { ...PASSED_ON, feesStatus: "pending" }, null, "usd"],
    ["are null if Stripe hides a part", { ...PASSED_ON, ...HIDDEN }, null, "usd"],
    ["are null before the payment has settled", { feesStatus: "final", settled: null }, null, "usd"],
    ["are null if a part has another currency", { ...PASSED_ON, received: { currency: "usd", net: 1 } }, null, "usd"],
  ])("%s", (_what, fields, amounts, currency) => {
    const snapshot = stripeSnapshot({ charged: charged("usd"), settled: settled("cad"), ...fields });
    expect([amountsOfSnapshot(snapshot), currencyOfSnapshot(snapshot)]).toEqual([amounts, currency]);
  });
});

describe("a newer snapshot", () => {
  const payout = { id: "po_1", status: "paid" as const, createdAt: new Date(0), arrivesAt: new Date(0) };
  const shown = { settled: settled("cad"), ...PASSED_ON };

  it("keeps the payout, which a charge does not state", () => {
    expect(mergeKnown(stripeSnapshot({}, 300), stripeSnapshot({ payout }))).toEqual(stripeSnapshot({ payout }, 300));
    expect(mergeKnown(stripeSnapshot({ payout }, 300), stripeSnapshot())).toEqual(stripeSnapshot({ payout }, 300));
  });

  it("keeps the figures that Stripe no longer shows", () => {
    const hidden = stripeSnapshot({ ...shown, ...HIDDEN, settled: null, amountRefunded: 5 }, 300);
    expect(mergeKnown(hidden, stripeSnapshot(shown))).toEqual(stripeSnapshot({ ...shown, amountRefunded: 5 }, 300));
  });

  test.each<[string, newer: Partial<StripeSnapshot>, older: Partial<StripeSnapshot>]>([
    ["of another charge", { ...HIDDEN, chargeId: "ch_2" }, {}],
    ["of a canceled payment", { ...HIDDEN, status: "canceled" }, {}],
    ["that Stripe still shows", { settled: settled("cad") }, {}],
    ["that are pending", PENDING, {}],
    ["that were not final", HIDDEN, PENDING],
    ["that were hidden before", HIDDEN, { ...HIDDEN, settled: null }],
  ])("keeps no figures %s", (_what, newer, older) => {
    const snapshot = stripeSnapshot({ ...shown, ...newer }, 300);
    expect(mergeKnown(snapshot, stripeSnapshot({ ...shown, ...older }))).toEqual(snapshot);
  });
});

test("adjustments for refunds and reversals are kept when the account that shows them is closed", () => {
  const changed = {
    netAdjustment: { currency: "cad", amount: -880 },
    otherAdjustments: [{ currency: "usd", amount: 5 }],
    adjustmentParts: [
      { currency: "cad", refunds: -900, disputes: 0, disputeFees: 0, feesReturned: 20, other: 0 },
      { currency: "usd", refunds: 0, disputes: 0, disputeFees: 0, feesReturned: 5, other: 0 },
    ],
  };
  const older = stripeSnapshot({ ...PASSED_ON, ...changed });
  const newer = stripeSnapshot({ ...PASSED_ON, ...HIDDEN, netAdjustment: null }, 300);
  expect(mergeKnown(newer, older)).toMatchObject({ feesStatus: "final", received: PASSED_ON.received, ...changed });
});

const DAY_MS = 24 * 60 * 60_000;

describe("a payment that may still change", () => {
  const refund = (status: string | null): Refund[] => {
    return [{ id: "re_1", amount: 5, status, reason: null, createdAt: new Date(0) }];
  };
  const dispute = (status: string, isCountered = false): Dispute[] => {
    const createdAt = new Date(DAY_MS);
    return [
      { id: "dp_1", amount: 5, currency: "cad", status, reason: "general", isCountered, respondBy: null, createdAt },
    ];
  };

  test.each<[string, Partial<StripeSnapshot>, isOpen: boolean]>([
    ...PAYMENT_STATUSES.map((status): [string, Partial<StripeSnapshot>, boolean] => [
      status,
      { status },
      status !== "succeeded" && status !== "canceled",
    ]),
    ["pending fees", PENDING, true],
    ["hidden fees", HIDDEN, true],
    ...["pending", "requires_action", "unknown"].map((status) => refunded(status, true)),
    ...["succeeded", "failed", "canceled", null].map((status) => refunded(status, false)),
    ["one pending refund of two", { refunds: [...refund("pending"), ...refund("succeeded")] }, true],
    ...[
      "needs_response",
      "under_review",
      "warning_needs_response",
      "warning_under_review",
      "appeal_needs_response",
      "appeal_under_review",
      "unknown",
    ].map((status) => disputed(status, true)),
    ...["won", "lost", "warning_closed", "prevented"].map((status) => disputed(status, false)),
    ["a closed dispute that was countered 150 days ago", counteredFor(150 * DAY_MS), false],
    ["a closed dispute that was countered less than 150 days ago", counteredFor(150 * DAY_MS - 1), true],
    ["one open dispute of two", { disputes: [...dispute("under_review"), ...dispute("lost")] }, true],
  ])("with %s is open: %j", (_what, fields, expected) => {
    expect(isOpen(stripeSnapshot(fields))).toBe(expected);
  });

  function counteredFor(ms: number): Partial<StripeSnapshot> {
    return { disputes: dispute("won", true), asOf: new Date(DAY_MS + ms) };
  }

  function refunded(status: string | null, open: boolean): [string, Partial<StripeSnapshot>, boolean] {
    return [`a refund that is ${status}`, { refunds: refund(status) }, open];
  }

  function disputed(status: string, open: boolean): [string, Partial<StripeSnapshot>, boolean] {
    return [`a dispute that is ${status}`, { disputes: dispute(status) }, open];
  }
});
