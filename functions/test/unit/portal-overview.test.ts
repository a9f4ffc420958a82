import { monthText, percentText, rankedBy, shareOf, sortedBy, totalsIn } from "../../../portal/src/overview.ts";
import { NO_PROFILE } from "../../src/domain/franchisee-profile.ts";
import { NO_TOTALS, type Totals } from "../../src/domain/totals.ts";

const cad = (gross: number) => new Map([["cad", { ...NO_TOTALS, gross }]]);
const none = new Map<string, Totals>();
const franchisee = (franchiseeId: string, ...months: ReadonlyMap<string, Totals>[]) => {
  return { franchiseeId, profile: NO_PROFILE, months: months.map((month) => new Map(month)) };
};

test.each<[string, number, number, number | null, string]>([
  ["a rise", 150, 120, 0.25, "+25%"],
  ["a fall", 50, 60, -1 / 6, "-16.7%"],
  ["no change", 60, 60, 0, "0%"],
  ["everything", 0, 60, -1, "-100%"],
  ["nothing to compare with", 60, 0, null, "–"],
  ["nothing at all", 0, 0, null, "–"],
  ["a loss that became a gain", 50, -100, 1.5, "+150%"],
  ["a gain that became a loss", -50, 100, -1.5, "-150%"],
  ["a smaller loss", -50, -100, 0.5, "+50%"],
  ["a greater deduction", -120, -100, -0.2, "-20%"],
  ["a large rise", 1_234_500, 100, 12_344, "+1,234,400%"],
])("%s is shown as a part of what was before, with the sign of the change", (_what, now, before, share, text) => {
  expect(shareOf(now, before)).toBe(share);
  expect(percentText(shareOf(now, before))).toBe(text);
});

test("a ranking is by gross within a currency, of those with revenue in any of the months", () => {
  const usd = new Map([["usd", { ...NO_TOTALS, gross: 900 }]]);
  const ranked = rankedBy("cad", [
    franchisee("acct_d", cad(5), none, none),
    franchisee("acct_a", none, none, cad(7)),
    franchisee("acct_c", cad(20), none, none),
    franchisee("acct_b", cad(5), cad(1), none),
    franchisee("acct_e", usd, usd, usd),
    franchisee("acct_f", none, none, none),
    // Customers paid in Canadian dollars, which were converted.
    franchisee("acct_g", new Map([["cad", { ...NO_TOTALS, refunded: 5 }]]), none, none),
  ]);
  expect(
    ranked.map(({ rank, franchiseeId, months }) => [rank, franchiseeId, months.map(({ gross }) => gross)]),
  ).toEqual([
    [1, "acct_c", [20, 0, 0]],
    [2, "acct_b", [5, 1, 0]],
    [2, "acct_d", [5, 0, 0]],
    [4, "acct_a", [0, 0, 7]],
  ]);
  expect(totalsIn([usd, none], "cad")).toEqual([NO_TOTALS, NO_TOTALS]);
});

test("rows are sorted in either direction; those without a value come last, and equal ones by rank", () => {
  const rows = [
    { rank: 1, name: "Moon", share: null },
    { rank: 2, name: null, share: -0.5 },
    { rank: 3, name: "Élan", share: 0.5 },
    { rank: 4, name: "Cedar", share: -0.5 },
  ];
  const ranks = (of: (row: (typeof rows)[number]) => string | number | null, isAscending: boolean) =>
    sortedBy(rows, of, isAscending).map(({ rank }) => rank);
  expect(ranks(({ share }) => share, true)).toEqual([2, 4, 3, 1]);
  expect(ranks(({ share }) => share, false)).toEqual([3, 2, 4, 1]);
  expect(ranks(({ name }) => name, true)).toEqual([4, 3, 1, 2]);
  expect(ranks(({ name }) => name, false)).toEqual([1, 3, 4, 2]);
  expect(ranks(({ rank }) => rank, false)).toEqual([4, 3, 2, 1]);
});

test.each<[string, number | null, string]>([
  ["2025-11", null, "November 2025"],
  ["2025-11", 28, "1–28 Nov 2025"],
  ["2025-11", 1, "1 Nov 2025"],
  ["2025-02", 30, "1–28 Feb 2025"],
  ["2024-02", 31, "1–29 Feb 2024"],
])("the days of %s through %s are called %s", (month, throughDay, text) => {
  expect(monthText(month, throughDay)).toBe(text);
});
