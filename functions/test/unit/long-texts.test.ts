import { nearMissFinder } from "../../src/domain/near-miss.ts";
import { holdsAddress, isErasedFrom, redacted } from "../../src/domain/personal-text.ts";

// Apart from the tests of these files, because mutation tests run those thousands of times.

const ADDRESS = "ada@example.org";

const UNITS = [
  ".",
  "a.",
  "%",
  "%25",
  "&#",
  "=",
  "@",
  "a@",
  "\\u",
  "'",
  "_-",
  "&amp;",
  "=3D",
  "\\",
  "<!--",
  "<a ",
  "\u001b[;",
  "=?a?q?",
  "?= ",
  "ada\n",
  "ada@e\n",
  "\u0316\u0301",
  "e\u0301\u0316",
  "\uff9e\u0301\u0316",
  "%25<b>&amp;\\n=3D",
  "ada@example.org, ",
];

test("a text of a mebibyte is searched in linear time, whatever it contains", () => {
  for (const unit of UNITS) {
    const text = unit.repeat(2 ** 20 / unit.length);
    expect(holdsAddress(text, ADDRESS)).toBe(unit.startsWith("ada@example"));
  }
});

test("a long text without an address is searched quickly for near misses", () => {
  expect(nearMissFinder(ADDRESS, [])("a".repeat(1_000_000))).toBeNull();
});

test("long texts with many erasures are compared quickly", () => {
  expect(isErasedFrom(`${"[erased] ".repeat(50)}b`, "a ".repeat(250_000))).toBe(false);
});

test("a text of combining marks only is erased and compared quickly", () => {
  const marks = "\u0301\u0316".repeat(700_000);
  expect(redacted(`${marks} ${ADDRESS}`, [ADDRESS]).endsWith(" [erased]")).toBe(true);
  expect(isErasedFrom("[erased]!", marks)).toBe(false);
});
