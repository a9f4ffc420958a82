import { wordsOf, withAsciiDigits } from "../../src/domain/words.ts";

// cspell:disable

test.each([
  ["Zoë O'Brien-Núñez", ["zoe", "o", "brien", "nunez"]],
  ["Straße STRASSE", ["strasse", "strasse"]],
  [
    "Łukasz Sørensen Ærø Œuvre Đặng Þór Iðunn Ħal",
    ["lukasz", "sorensen", "aero", "oeuvre", "dang", "thor", "idunn", "hal"],
  ],
  ["Işık IŞIK İpek", ["isik", "isik", "ipek"]],
  ["ΟΔΥΣΣΕΥΣ Οδυσσεύς", ["οδυσσευσ", "οδυσσευσ"]],
  ["Ёлкин", ["елкин"]],
  ["Ｆｕｌｌ ﬁn x²", ["full", "fin", "x2"]],
  // Vowel signs, the lengthening sign, and three letters that are typed for others.
  ["مُحَمَّد محمـــد", ["محمد", "محمد"]],
  ["فاطمة مصطفى", ["فاطمه", "مصطفي"]],
  ["أحمد إيمان آمنة", ["احمد", "ايمان", "امنه"]],
  ["علی کریم", ["علي", "كريم"]],
  ["김민수", ["김민수"]],
  ["김민수".normalize("NFD"), ["김민수"]],
  ["山田太郎 ガード ﾊﾟﾝ", ["山田太郎", "カート", "ハン"]],
  ["  –, ", []],
])("the words of %j are %j", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test("digits of other scripts are read as ASCII", () => {
  expect(withAsciiDigits("٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹ ０１２")).toBe("0123456789 0123456789 012");
});

test("a text of marks alone is read in linear time", () => {
  const start = performance.now();
  expect(wordsOf(`a${"\u0301\u0323".repeat(200_000)}b`)).toEqual(["ab"]);
  expect(performance.now() - start).toBeLessThan(5_000);
});
