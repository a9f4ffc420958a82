import { feesOf, type Movement, StatementAccumulator } from "../../src/domain/balance-statement.ts";

const PAYMENT = {
  balanceType: "payments",
  reportingCategory: "charge",
  currency: "cad",
  amount: 0,
  fee: 0,
  feeDetails: [],
  source: null,
  description: null,
};

/** A movement whose net follows from its amount and fees. */
function movement(fields: Partial<Movement>): Movement {
  const fee = fields.feeDetails?.reduce((sum, { amount }) => sum + amount, 0) ?? 0;
  const all = { ...PAYMENT, fee, ...fields };
  return { ...all, net: all.amount - all.fee };
}

const fees = (amounts: Record<string, number>) => Object.entries(amounts).map(([type, amount]) => ({ type, amount }));

const COUNTERED = { reportingCategory: "fee", description: "Card Dispute Countered Fee (2026-07-13)" };

const NOVEMBER = [
  movement({ amount: 10_000, feeDetails: fees({ stripe_fee: 320, application_fee: 270 }) }),
  movement({ amount: 5_000, feeDetails: fees({ stripe_fee: 175, application_fee: 150, tax: 20 }) }),
  movement({ reportingCategory: "refund", amount: -2_000 }),
  movement({ reportingCategory: "refund", amount: -1_000, feeDetails: fees({ application_fee: -54 }) }),
  movement({ reportingCategory: "dispute", amount: -5_000, feeDetails: fees({ stripe_fee: 1_500 }) }),
  movement({ reportingCategory: "dispute_reversal", amount: 5_000 }),
  movement({ ...COUNTERED, amount: -1_500 }),
  movement({ ...COUNTERED, amount: 1_500 }),
  movement({ reportingCategory: "fee", amount: -200, description: "Stripe Fee" }),
  movement({ reportingCategory: "payout", amount: -8_000, source: "po_1" }),
  movement({ reportingCategory: "payout_reversal", amount: 300, source: "po_0" }),
  // A reserve leaves the balance; its other side is not on it.
  movement({ reportingCategory: "risk_reserved_funds", amount: -100 }),
  movement({ reportingCategory: "risk_reserved_funds", amount: 100, balanceType: "risk_reserved" }),
  movement({ currency: "jpy", amount: 700, feeDetails: fees({ stripe_fee: 25 }) }),
];

function statements(
  movements: readonly Movement[],
  openings: Record<string, number>,
  stated: Parameters<StatementAccumulator["statements"]>[1] = null,
) {
  const accumulator = new StatementAccumulator();
  for (const one of movements) accumulator.add(one);
  return accumulator.statements(new Map(Object.entries(openings)), stated);
}

const UNSTATED = { available: null, pending: null, stripeBalance: null, difference: null };

const CAD = {
  currency: "cad",
  opening: 1_000,
  activity: [
    { reportingCategory: "charge", count: 2, amount: 15_000, fee: 935, net: 14_065 },
    { reportingCategory: "dispute_reversal", count: 1, amount: 5_000, fee: 0, net: 5_000 },
    { reportingCategory: "risk_reserved_funds", count: 1, amount: -100, fee: 0, net: -100 },
    { reportingCategory: "fee", count: 3, amount: -200, fee: 0, net: -200 },
    { reportingCategory: "refund", count: 2, amount: -3_000, fee: -54, net: -2_946 },
    { reportingCategory: "dispute", count: 1, amount: -5_000, fee: 1_500, net: -6_500 },
  ],
  payouts: -7_700,
  // 1,000 + 14,065 + 5,000 − 100 − 200 − 2,946 − 6,500 − 7,700
  closing: 2_619,
  // 1,500 with the dispute, and 1,500 for countering it, which came back.
  disputeFees: 1_500,
  // 320 + 175 + 20
  stripeFees: 515,
  // 270 + 150 − 54
  platformFees: 366,
};

test("a statement leads from the opening to the closing by category and payouts, each currency on its own", () => {
  const jpy = { reportingCategory: "charge", count: 1, amount: 700, fee: 25, net: 675 };
  const expected = [
    { ...CAD, ...UNSTATED },
    {
      currency: "jpy",
      opening: -75,
      activity: [jpy],
      payouts: 0,
      closing: 600,
      disputeFees: 0,
      stripeFees: 25,
      platformFees: 0,
      ...UNSTATED,
    },
  ];
  expect(statements(NOVEMBER, { jpy: -75, cad: 1_000 })).toEqual(expected);
  expect(statements(NOVEMBER.toReversed(), { cad: 1_000, jpy: -75 })).toEqual(expected);
});

test("the currencies are those with a movement on the balance", () => {
  const accumulator = new StatementAccumulator();
  expect(accumulator.currencies).toEqual([]);
  accumulator.add(movement({ currency: "usd", balanceType: "risk_reserved" }));
  accumulator.add(movement({ currency: "jpy" }));
  accumulator.add(movement({ currency: "jpy" }));
  accumulator.add(movement({ currency: "cad" }));
  expect(accumulator.currencies).toEqual(["jpy", "cad"]);
});

test("a month without movements closes as it opened", () => {
  expect(statements([], { cad: -7 })).toEqual([
    {
      currency: "cad",
      opening: -7,
      activity: [],
      payouts: 0,
      closing: -7,
      disputeFees: 0,
      stripeFees: 0,
      platformFees: 0,
      ...UNSTATED,
    },
  ]);
});

test("categories with the same net are ordered by name", () => {
  const same = ["tax", "fee", "charge"].map((reportingCategory) => movement({ reportingCategory, amount: 1 }));
  const [statement] = statements(same, { cad: 0 });
  expect(statement?.activity.map(({ reportingCategory }) => reportingCategory)).toEqual(["charge", "fee", "tax"]);
});

test.each([
  ["equals the closing", { cad: { available: 2_000, pending: 619 } }, [2_000, 619, 2_619, 0]],
  ["is less", { cad: { available: -1, pending: 2_619 } }, [-1, 2_619, 2_618, 1]],
  ["is more", { cad: { available: 2_620, pending: 0 } }, [2_620, 0, 2_620, -1]],
  ["does not have the currency", {}, [0, 0, 0, 2_619]],
])("a balance of Stripe that %s shows in the difference", (_what, stated, expected) => {
  const [statement] = statements(NOVEMBER, { cad: 1_000 }, stated);
  expect(statement).toMatchObject(CAD);
  const { available, pending, stripeBalance, difference } = statement ?? UNSTATED;
  expect([available, pending, stripeBalance, difference]).toEqual(expected);
});

test.each<[string, Partial<Movement>, [dispute: number, stripe: number, platform: number]]>([
  ["a payment", { amount: 1_000, feeDetails: fees({ stripe_fee: 59, application_fee: 41 }) }, [0, 59, 41]],
  ["a passed-through cost", { feeDetails: fees({ payment_method_passthrough_fee: 7 }) }, [0, 7, 0]],
  ["withheld tax", { feeDetails: fees({ withheld_tax: 3 }) }, [0, 3, 0]],
  ["a fee of an unknown type", { feeDetails: fees({ moon_fee: 5 }) }, [0, 5, 0]],
  ["a fee without details", { fee: 9, feeDetails: [] }, [0, 9, 0]],
  ["a dispute", { reportingCategory: "dispute", amount: -900, feeDetails: fees({ stripe_fee: 1_500 }) }, [1_500, 0, 0]],
  [
    "a won dispute whose fee is returned",
    { reportingCategory: "dispute_reversal", amount: 900, feeDetails: fees({ stripe_fee: -1_500 }) },
    [-1_500, 0, 0],
  ],
  [
    "a dispute that also returns the platform's fee",
    { reportingCategory: "dispute", amount: -900, feeDetails: fees({ stripe_fee: 1_500, application_fee: -41 }) },
    [1_500, 0, -41],
  ],
  ["a fee for countering a dispute", { ...COUNTERED, amount: -1_500 }, [1_500, 0, 0]],
  [
    "one that is booked as an adjustment",
    { ...COUNTERED, reportingCategory: "other_adjustment", amount: -1_500 },
    [1_500, 0, 0],
  ],
  ["one that is booked as a fee of a fee", { ...COUNTERED, fee: 1_500 }, [1_500, 0, 0]],
  ["one that is returned", { ...COUNTERED, amount: 1_500 }, [-1_500, 0, 0]],
  ["one that names its dispute", { reportingCategory: "fee", amount: -1_500, source: "dp_1" }, [1_500, 0, 0]],
  ["one that names a newer dispute", { reportingCategory: "fee", amount: -1_500, source: "du_1" }, [1_500, 0, 0]],
  ["another fee of a charge", { reportingCategory: "fee", amount: -30, source: "ch_dp_1" }, [0, 0, 0]],
  ["another movement of a dispute", { reportingCategory: "charge", amount: -30, source: "dp_1" }, [0, 0, 0]],
  ["a monthly fee", { reportingCategory: "fee", amount: -200, description: "Stripe Fee" }, [0, 0, 0]],
])("the fees of %s are separated", (_what, fields, [disputeFees, stripeFees, platformFees]) => {
  expect(feesOf(movement(fields))).toEqual({ disputeFees, stripeFees, platformFees });
});
