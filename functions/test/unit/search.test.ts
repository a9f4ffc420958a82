import { MAX_TERMS, searchTerms } from "../../src/domain/search.ts";
import { searchable } from "../support/records.ts";

// cspell:disable

/** Neither refunded nor disputed. */
const UNCHANGED = { amountRefunded: 0, disputes: [] };

/** Without those of filters (filter-terms.test.ts). */
const termsOf = (fields: object): string[] => searchTerms(searchable(fields)).filter((term) => !term.startsWith("%"));

/** The terms that are no words. */
const exactTermsOf = (fields: object): string[] => termsOf(fields).filter((term) => /^[=#$]/.test(term));

test("a payment has the beginnings of the words of its customer and workshop", () => {
  const terms = termsOf({
    name: "Zoë O'Brien-Núñez",
    email: "zoe@example.com",
    workshopName: "Cedar Rope",
    workshopId: "w-2",
  });
  const found = ["zo", "zoe", "brien", "nunez", "ex", "exam", "example", "com", "ce", "cedar", "rope"];
  const lost = ["z", "o", "ob", "2", "oë", "604", "edar", "zoex"];
  expect(found.filter((term) => !terms.includes(term))).toEqual([]);
  expect(lost.filter((term) => terms.includes(term))).toEqual([]);
});

test("a word is cut to twelve letters", () => {
  expect(termsOf({ name: "Wolfeschlegelstein" }).at(-1)).toBe("wolfeschlege");
});

test.each([
  ["東京", ["東", "京", "東京"]],
  ["山田太郎", ["山", "田", "山田", "太", "田太", "郎", "太郎"]],
  ["김민수", ["김", "민", "김민", "수", "민수"]],
  ["東京Tower", ["東", "京", "東京", "to", "tow", "towe", "tower"]],
  ["𠮷野", ["𠮷", "野", "𠮷野"]],
])("a word without spaces has each letter and pair: %s", (name, terms) => {
  expect(termsOf({ name })).toEqual(terms);
});

test.each([
  [" Ada+Rope.x@Example.ORG ", ["=ada+rope.x@example.org"]],
  ["Ada <ada@example.org>; b@example.org, c@example.org", ["=ada@example.org", "=b@example.org"]],
  ["zoë@bücher.example", ["=zoë@bücher.example"]],
  ["ａｄａ@example.org", ["=ada@example.org"]],
  ["ada\u200b@example.org", ["=ada@example.org"]],
  ["ada", []],
  ["@example.org", []],
  [`${"a".repeat(309)}@example.org`, []],
])("the address %j has the terms %j", (email, terms) => {
  expect(exactTermsOf({ email })).toEqual(terms);
});

test.each([
  ["604-555-0100", ["#0100"]],
  ["+1 (604) 555-0100 ext. 12", ["#0100"]],
  ["+44 (0)20 7946 0018", ["#0018"]],
  ["604.555.0100 / 604.555.0199, 604 555 0142 or 604 555 0143", ["#0100", "#0199", "#0142"]],
  ["٠٥٠ ١٢٣ ٤٥٦٧", ["#4567"]],
  ["911", []],
  ["none", []],
])("the phone number %j has the terms %j", (phone, terms) => {
  expect(exactTermsOf({ phone })).toEqual(terms);
});

test.each([
  ["cad", 189_896, ["$1898.96", "$1898"]],
  ["cad", 189_890, ["$1898.9", "$1898"]],
  ["cad", 189_800, ["$1898"]],
  ["cad", 500_000, ["$5000"]],
  ["cad", 99, ["$0.99", "$0"]],
  ["cad", -11_724, ["$117.24", "$117"]],
  ["cad", 0, []],
  ["cad", 0.4, []],
  ["jpy", 189_896, ["$189896"]],
  ["jpy", 1_900, ["$1900"]],
  ["kwd", 1_898_960, ["$1898.96", "$1898"]],
  ["kwd", 1_005, ["$1.005", "$1"]],
  ["cad", 999_999_999_999, ["$9999999999.99", "$9999999999"]],
])("an amount in %s of %d has the terms %j", (currency, amount_total, terms) => {
  expect(exactTermsOf({ currency, amount_total })).toEqual(terms);
});

test("the franchisee's part and the amount in the customer's currency are found as well", () => {
  const amounts = { amount_total: 10_000, amount_franchisee_net: 9_123 };
  expect(exactTermsOf({ ...amounts, stripe: { ...UNCHANGED, charged: { currency: "jpy", amount: 11_345 } } })).toEqual([
    "$100",
    "$91.23",
    "$91",
    "$11345",
  ]);
  expect(
    exactTermsOf({ ...amounts, stripe: { ...UNCHANGED, charged: { currency: "cad", amount: 555 } } }),
  ).not.toContain("$5.55");
});

describe("the terms of a payment are bounded", () => {
  const many = (count: number, word: (index: number) => string): string =>
    Array.from({ length: count }, (_none, index) => word(index)).join(" ");

  test.each([
    ["many long words", { name: many(100, (index) => `${index}abcdefghijklmnop`) }, 264],
    [
      "letters without spaces",
      {
        name: many(30, (index) =>
          "一二三四五六七八九十百千"
            .split("")
            .toSorted()
            .join("")
            .slice(index % 12),
        ),
      },
      300,
    ],
    [
      "different letters without spaces",
      {
        name: many(60, (index) =>
          String.fromCodePoint(...Array.from({ length: 12 }, (_none, place) => 0x4e00 + 12 * index + place)),
        ),
      },
      300,
    ],
    ["surrogate pairs", { email: "🦄🦄🦄", workshopName: "𝒳𝒴𝒵𝒳𝒴𝒵".repeat(20) }, 11],
    ["a name of signs", { name: "$#=@.".repeat(100) }, 0],
    ["addresses", { email: many(100, (index) => `a${index}@b.example`) }, 30],
    ["numbers", { phone: many(50, (index) => `+1604555${String(index).padStart(4, "0")} x`) }, 3],
  ])("%s", (_what, fields, most) => {
    const terms = termsOf(fields);
    expect(terms.length).toBeLessThanOrEqual(most);
    expect(terms.length).toBeLessThanOrEqual(MAX_TERMS);
    expect(new Set(terms).size).toBe(terms.length);
    expect(terms.every((term) => term.isWellFormed() && Array.from(term).length <= 321)).toBe(true);
  });

  test("and those of address, number and amount are kept beside many words", () => {
    const name = many(200, (index) => `${index}abcdefghijklmnop`);
    const fields = { name, email: "ada@example.org", phone: "604 555 0100", amount_total: 1_050 };
    expect(exactTermsOf(fields)).toEqual(["=ada@example.org", "#0100", "$10.5", "$10"]);
  });
});

test("a payment without texts has no search terms", () => {
  expect(termsOf({})).toEqual([]);
});
