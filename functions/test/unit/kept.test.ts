import { type Kept, keptOf } from "../../src/domain/kept.ts";
import { REPORTING_CATEGORIES } from "../../src/stripe/reporting-categories.ts";

type Movement = Parameters<typeof keptOf>[0][number];

function movement(reportingCategory: string, amount: number, fee = 0, fields: Partial<Movement> = {}): Movement {
  const base = { balanceType: "payments", currency: "cad", source: null, description: null };
  return { ...base, reportingCategory, amount, fee, net: amount - fee, ...fields };
}

/** CA$100.00 with a fee of CA$3.20 and a platform fee of CA$5.00. */
const CHARGE = movement("charge", 10_000, 820);

const NOTHING: Kept = {
  currency: "cad",
  payment: 0,
  refunds: 0,
  disputes: 0,
  disputeFees: 0,
  feesReturned: 0,
  other: 0,
  kept: 0,
};

test.each<[string, Movement[], Partial<Kept>]>([
  ["a payment", [CHARGE], { payment: 9_180, kept: 9_180 }],
  [
    "a partial refund, and the application fee returned with it",
    [CHARGE, movement("refund", -2_500), movement("fee", 125, 0, { description: "Application fee refund for ch_1" })],
    { payment: 9_180, refunds: -2_500, feesReturned: 125, kept: 6_805 },
  ],
  [
    "a refund that returns its part of the fee",
    [CHARGE, movement("refund", -10_000, -820)],
    { payment: 9_180, refunds: -10_000, feesReturned: 820, kept: 0 },
  ],
  [
    "a refund that failed, which takes that fee again",
    [CHARGE, movement("refund", -10_000, -820), movement("refund_failure", 10_000, 820)],
    { payment: 9_180, kept: 9_180 },
  ],
  [
    "a lost dispute",
    [CHARGE, movement("dispute", -10_000, 1_500)],
    { payment: 9_180, disputes: -10_000, disputeFees: -1_500, kept: -2_320 },
  ],
  [
    "a won dispute, whose fee is not returned",
    [CHARGE, movement("dispute", -10_000, 1_500), movement("dispute_reversal", 10_000)],
    { payment: 9_180, disputeFees: -1_500, kept: 7_680 },
  ],
  [
    "a won dispute, whose fee is returned",
    [CHARGE, movement("dispute", -10_000, 1_500), movement("dispute_reversal", 10_000, -1_500)],
    { payment: 9_180, kept: 9_180 },
  ],
  [
    "the fee for countering a dispute, known by its description",
    [CHARGE, movement("fee", -1_500, 0, { description: "Card Dispute Countered Fee (2026-07-13)" })],
    { payment: 9_180, disputeFees: -1_500, kept: 7_680 },
  ],
  [
    "the fee for countering a dispute, known by its source, and its return",
    [CHARGE, movement("fee", -1_500, 0, { source: "dp_1" }), movement("fee", 1_500, 0, { source: "du_1" })],
    { payment: 9_180, kept: 9_180 },
  ],
  [
    "an application fee that is returned as an adjustment, known by its description or its source",
    [
      CHARGE,
      movement("other_adjustment", 300, 0, { description: "Application fee refund" }),
      movement("other_adjustment", 200, 0, { source: "fr_1" }),
    ],
    { payment: 9_180, feesReturned: 500, kept: 9_680 },
  ],
  [
    "a capture of less than was authorised",
    [movement("charge", 10_000, 320), movement("partial_capture_reversal", -4_000, -116)],
    // 100.00 − 3.20 − 40.00 + 1.16
    { payment: 5_796, kept: 5_796 },
  ],
  ["a payment that failed later", [CHARGE, movement("charge_failure", -10_000, -820)], { kept: 0 }],
  [
    "a fee that is billed by itself, tax and adjustments",
    [
      CHARGE,
      movement("fee", -30),
      movement("tax", -7),
      movement("other_adjustment", 12),
      movement("new_at_stripe", 0, 2),
    ],
    { payment: 9_180, other: -27, kept: 9_153 },
  ],
  ["a fee of 0", [movement("fee", 0)], {}],
])("what is kept of %s", (_name, movements, expected) => {
  expect(keptOf(movements)).toEqual([{ ...NOTHING, ...expected }]);
});

test("a payment without movements has no row", () => {
  expect(keptOf([])).toEqual([]);
});

test("currencies are never added, and are in the order of their codes", () => {
  const dispute = movement("dispute", -9_000, 1_100, { currency: "eur" });
  const dollars = movement("refund", -700, 0, { currency: "aud" });
  expect(keptOf([dispute, CHARGE, dollars])).toEqual([
    { ...NOTHING, currency: "aud", refunds: -700, kept: -700 },
    { ...NOTHING, payment: 9_180, kept: 9_180 },
    { ...NOTHING, currency: "eur", disputes: -9_000, disputeFees: -1_100, kept: -10_100 },
  ]);
});

test("movements of other balances do not count", () => {
  const reserve = movement("payment_network_reserve_hold", -900, 0, { balanceType: "risk_reserved" });
  expect(keptOf([CHARGE, reserve])).toEqual([{ ...NOTHING, payment: 9_180, kept: 9_180 }]);
});

test("the parts of every category that Stripe has add up to what is kept", () => {
  for (const category of Object.keys(REPORTING_CATEGORIES)) {
    const [{ currency: _currency, kept, ...parts } = NOTHING] = keptOf([movement(category, -1_234, 56)]);
    expect([category, kept, Object.values(parts).reduce((sum, part) => sum + part, 0)]).toEqual([
      category,
      -1_290,
      -1_290,
    ]);
  }
});
