import { differenceOf, sumOf } from "../../../portal/src/firestore/revenue.ts";
import type { StripeSnapshot } from "../../../portal/src/firestore/transaction.ts";
import { besideText, earnedText, figuresOf, stepsOf } from "../../../portal/src/waterfall.ts";
import { NO_TOTALS, type Totals } from "../../src/domain/totals.ts";
import { portalSnapshot } from "../support/portal-snapshot.ts";

const all = (totals: Partial<Totals>): Totals => ({ ...NO_TOTALS, ...totals });

/** 100.00 − 3.20 − 5.00 = 91.80; − 25.00 − 30.00 − 15.00 + 1.25 = 23.05. */
const KEPT = all({
  count: 1,
  gross: 10_000,
  stripeFees: 320,
  platformFees: 500,
  net: 9_180,
  refunded: 2_500,
  disputed: 3_000,
  netAdjustment: -6_875,
  refundsDeducted: 2_500,
  disputesDeducted: 3_000,
  disputeFees: 1_500,
  feesReturned: 125,
});

const linesOf = (totals: Totals) => stepsOf([totals]).map(({ name, of }) => [name, of(totals)]);

describe("the waterfall in the portal", () => {
  test("has every step with its sign, and each sum is the sum of the steps before it", () => {
    expect(linesOf(KEPT)).toEqual([
      ["Gross", 10_000],
      ["Stripe fees", -320],
      ["Platform fees", -500],
      ["Net", 9_180],
      ["Refunds", -2_500],
      ["Disputes", -3_000],
      ["Dispute fees", -1_500],
      ["Fees returned", 125],
      ["Earned", 2_305],
    ]);
  });

  test("shows pending fees, and what an earlier version did not itemize, where there are any", () => {
    const totals = all({ gross: 1_000, net: 900, netAdjustment: -50 });
    expect(linesOf(totals)).toEqual([
      ["Gross", 1_000],
      ["Stripe fees", -0],
      ["Platform fees", -0],
      ["Fees pending", -100],
      ["Net", 900],
      ["Refunds", -0],
      ["Disputes", -0],
      ["Dispute fees", -0],
      ["Fees returned", 0],
      ["Other adjustments", -50],
      ["Earned", 850],
    ]);
  });

  test("is five figures in a summary", () => {
    expect(figuresOf(KEPT, "cad").map(({ name, amount, note }) => [name, amount, note])).toEqual([
      ["Gross", 10_000, "1 payment"],
      ["Fees", -820, "Stripe fees -$3.20, Platform fees -$5.00"],
      ["Net", 9_180, "after fees, before refunds and disputes"],
      ["Refunds and disputes", -6_875, "Refunds -$25.00, Disputes -$30.00, Dispute fees -$15.00, Fees returned +$1.25"],
      ["Earned", 2_305, "net after refunds, disputes and their fees"],
    ]);
  });

  test.each<[string, Partial<Totals>, string | null]>([
    ["what was deducted", {}, null],
    ["a dispute that was won, without its fee", { disputed: 0, disputesDeducted: -5 }, null],
    [
      "a refund that the platform bears",
      { refundsDeducted: 0 },
      "Customers were refunded $25.00. The platform bears the rest, or it was deducted in another currency.",
    ],
    [
      "refunds and disputes that the platform bears",
      { refundsDeducted: 0, disputesDeducted: 0 },
      "Customers were refunded $25.00; $30.00 are in open or lost disputes. The platform bears the rest, or it was deducted in another currency.",
    ],
  ])("has beside it what customers got back, if it is not %s", (_what, fields, text) => {
    expect(besideText({ ...KEPT, ...fields }, "cad")).toBe(text);
  });
});

describe("what the franchisee earned of a payment", () => {
  const payment = { status: "succeeded", amount_franchisee_net: 9_180, currency: "cad" };
  const stripe = (fields: Partial<StripeSnapshot>) => portalSnapshot(10_000, fields);
  const cad = (amount: number) => ({ currency: "cad", amount });

  test.each([
    ["that has not succeeded", { ...payment, status: "processing", stripe: null }, null],
    ["that Stripe has not reported", { ...payment, stripe: null }, "$91.80"],
    ["without adjustments", { ...payment, stripe: stripe({ netAdjustment: cad(0) }) }, "$91.80"],
    ["that was disputed", { ...payment, stripe: stripe({ netAdjustment: cad(-11_500) }) }, "-$23.20"],
    [
      "whose fee came back in another currency",
      {
        ...payment,
        stripe: stripe({ netAdjustment: cad(-100), otherAdjustments: [{ currency: "usd", amount: 20 }] }),
      },
      "$90.80, US$0.20",
    ],
    [
      "that arrived in another currency",
      { ...payment, stripe: stripe({ netAdjustment: { currency: "usd", amount: 0 } }) },
      "$91.80",
    ],
  ])("%s", (_what, transaction, text) => {
    expect(earnedText(transaction)).toBe(text);
  });
});

test("revenues are added and compared in every currency of either", () => {
  const [cad, usd] = [all({ count: 1, gross: 5 }), all({ count: 2, net: 7 })];
  expect(sumOf([new Map([["cad", cad]]), new Map(), new Map([["cad", cad]])])).toEqual(
    new Map([["cad", all({ count: 2, gross: 10 })]]),
  );
  expect(differenceOf(new Map([["cad", cad]]), new Map([["usd", usd]]))).toEqual(
    new Map([
      ["usd", usd],
      ["cad", all({ count: -1, gross: -5 })],
    ]),
  );
});
