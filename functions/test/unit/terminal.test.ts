import fc from "fast-check";
import { printable } from "../../tools/cli/terminal.ts";

test.each([
  ["ada@example.org, CA$10 – naïve 日本語 🎻", "ada@example.org, CA$10 – naïve 日本語 🎻"],
  ["\u001b[2J\u001b]0;title\u0007", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"],
  ["\u009b31m\u0085\u007f\0", "\\u{9b}31m\\u{85}\\u{7f}\\u{0}"],
  ["one\r\n0 open.\tx", "one\\r\\n0 open.\\tx"],
  ["\u202aa\u202eb\u2066c\u2069\u200e", "\\u{202a}a\\u{202e}b\\u{2066}c\\u{2069}\\u{200e}"],
  [
    "z\u200be\u200dr\u2060o\ufeff\u00ad\u3164\ufe0f",
    "z\\u{200b}e\\u{200d}r\\u{2060}o\\u{feff}\\u{ad}\\u{3164}\\u{fe0f}",
  ],
  ["a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
  ["\ud800 \u{e0041} \ue000", "\\u{d800} \\u{e0041} \\u{e000}"],
])("%j is printed as %j", (text, printed) => {
  expect(printable(text)).toBe(printed);
});

test("a terminal shows any text completely, on one line, from left to right", () => {
  const anything = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(anything, (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    }),
  );
});
