/** Words as people compare them. Without imports: the portal bundles this module. */

/** Scripts without spaces between words, for a character class of a regular expression. */
export const UNSPACED = "Han Hira Kana Bopo Hang Thai Laoo Khmr Mymr Tibt Yiii"
  .split(" ")
  .map((script) => `\\p{scx=${script}}`)
  .join("");

/** Letters that are the same to people, and do not decompose into a letter and an accent. */
const SAME: Readonly<Record<string, string>> = {
  æ: "ae",
  ð: "d",
  ø: "o",
  þ: "th",
  đ: "d",
  ħ: "h",
  ł: "l",
  œ: "oe",
  ς: "σ",
  // Arabic and Persian: final forms that are typed for each other, and the sign that lengthens a word.
  "\u0629": "\u0647",
  "\u0649": "\u064a",
  "\u06cc": "\u064a",
  "\u06a9": "\u0643",
  "\u0640": "",
};
const SAME_LETTER = new RegExp(`[${Object.keys(SAME).join("")}]`, "gu");

/** Letters and digits of any script, lower case, without accents. */
export function wordsOf(text: string): string[] {
  return (
    text
      // Also before normalisation, which sorts marks in quadratic time.
      .replaceAll(/\p{M}/gu, "")
      .normalize("NFKD")
      .replaceAll(/\p{M}/gu, "")
      // Among capitals, ß is SS and ı is I; the capital ẞ has none.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replaceAll(SAME_LETTER, (letter) => SAME[letter] ?? letter)
      // A Hangul syllable is one letter.
      .normalize("NFC")
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** Digits of other scripts that people type, as ASCII. */
export function withAsciiDigits(text: string): string {
  return text
    .normalize("NFKC")
    .replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15));
}
