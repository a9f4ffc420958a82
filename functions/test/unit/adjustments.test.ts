import { type Adjustment, type AdjustmentParts, sumAdjustments } from "../../src/domain/adjustments.ts";

const NOTHING = { refunds: 0, disputes: 0, disputeFees: 0, feesReturned: 0, other: 0 };
const cad = (amount: number) => ({ currency: "cad", amount });
const usd = (amount: number) => ({ currency: "usd", amount });
const parts = (currency: string, fields: Partial<AdjustmentParts>): AdjustmentParts => ({
  ...NOTHING,
  ...fields,
  currency,
});

test.each<[string, Adjustment[], ReturnType<typeof sumAdjustments>]>([
  ["without any", [], { netAdjustment: cad(0), otherAdjustments: [], adjustmentParts: [] }],
  [
    "of every part",
    [
      { ...cad(-2_500), part: "refunds" },
      { ...cad(-300), part: "refunds" },
      { ...cad(-1_000), part: "disputes" },
      { ...cad(-1_500), part: "disputeFees" },
      { ...cad(125), part: "feesReturned" },
      { ...cad(-7), part: "other" },
    ],
    {
      // −2500 − 300 − 1000 − 1500 + 125 − 7
      netAdjustment: cad(-5_182),
      otherAdjustments: [],
      adjustmentParts: [
        parts("cad", { refunds: -2_800, disputes: -1_000, disputeFees: -1_500, feesReturned: 125, other: -7 }),
      ],
    },
  ],
  [
    "that cancel each other out within their part",
    [
      { ...cad(-2_500), part: "refunds" },
      { ...cad(2_500), part: "refunds" },
    ],
    { netAdjustment: cad(0), otherAdjustments: [], adjustmentParts: [] },
  ],
  [
    "that cancel each other out",
    [
      { ...cad(-500), part: "refunds" },
      { ...cad(500), part: "feesReturned" },
    ],
    {
      netAdjustment: cad(0),
      otherAdjustments: [],
      adjustmentParts: [parts("cad", { refunds: -500, feesReturned: 500 })],
    },
  ],
  [
    "in other currencies, which have a row if they do not cancel each other out",
    [
      { ...usd(-900), part: "refunds" },
      { ...usd(20), part: "feesReturned" },
      { currency: "eur", amount: -40, part: "disputes" },
      { currency: "chf", amount: -40, part: "refunds" },
      { currency: "chf", amount: 40, part: "feesReturned" },
      { ...cad(-1_500), part: "disputeFees" },
    ],
    {
      netAdjustment: cad(-1_500),
      otherAdjustments: [{ currency: "eur", amount: -40 }, usd(-880)],
      adjustmentParts: [
        parts("cad", { disputeFees: -1_500 }),
        parts("eur", { disputes: -40 }),
        parts("usd", { refunds: -900, feesReturned: 20 }),
      ],
    },
  ],
])("the sum of adjustments %s is that of its parts", (_what, adjustments, expected) => {
  expect(sumAdjustments("cad", adjustments)).toEqual(expected);
});
