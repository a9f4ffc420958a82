import { searchTerm, searchTerms } from "../../src/domain/search.ts";
import { NO_DETAILS } from "../support/records.ts";

// cspell:ignore brien edar núñez zoex 𝒳𝒴𝒵𝒳𝒴𝒵

const termsOf = (fields: object): string[] => searchTerms({ ...NO_DETAILS, ...fields });

test("a payment is found by the beginning of any word of its customer or workshop", () => {
  const terms = termsOf({
    name: "Zoë O'Brien-Núñez",
    email: "zoe@example.com",
    phone: "6045550100",
    workshopName: "Cedar Rope",
    workshopId: "cedar-2",
  });
  const found = ["zo", "zoe", "brien", "nunez", "ex", "exam", "example", "com", "ce", "cedar", "rope"];
  const lost = ["z", "o", "ob", "2", "oë", "604", "edar", "zoex"];
  expect(found.filter((term) => !terms.includes(term))).toEqual([]);
  expect(lost.filter((term) => terms.includes(term))).toEqual([]);
});

test.each([
  ["Zoë", "zoe"],
  ["  NÚÑ ", "nun"],
  ["ada lovelace", "lovelace"],
  ["zo", "zo"],
  ["a b", null],
  ["", null],
  ["abcdefghijklmnop", "abcdefghijkl"],
  ["東京タワー", "東京タワー"],
])("the input %j searches for %j", (typed, term) => {
  expect(searchTerm(typed)).toBe(term);
  if (term !== null) expect(termsOf({ name: `x ${typed}` })).toContain(term);
});

test("a document has no more search terms than its index can hold, and none with half a surrogate pair", () => {
  const terms = termsOf({
    name: Array.from({ length: 100 }, (_none, index) => `${index}abcdefghijklmnop`).join(" "),
    email: "🦄🦄🦄",
    workshopName: "𝒳𝒴𝒵𝒳𝒴𝒵".repeat(20),
  });
  expect(terms.length).toBeGreaterThan(24 * 9);
  expect(terms.length).toBeLessThanOrEqual(24 * 11);
  expect(terms.filter((term) => Array.from(term).length > 12)).toEqual([]);
  expect(terms.every((term) => term.isWellFormed())).toBe(true);
});

test("a payment without texts has no search terms", () => {
  expect(termsOf({})).toEqual([]);
});
