import fc from "fast-check";
import { BYTE_ORDER_MARK, csvLine, numberCell, textCell } from "../../src/domain/csv.ts";

describe("a text in a CSV file", () => {
  test.each<[string | null, string]>([
    ["Ada", "Ada"],
    [null, ""],
    ["", ""],
    ["Lovelace, Ada", '"Lovelace, Ada"'],
    ['"Ada"', '"""Ada"""'],
    ["a;b", '"a;b"'],
    ["Zoë 研修", '"Zoë 研修"'],
    ["a-b+c@d=e 10%", '"a-b+c@d=e 10%"'],
    ["5 - 3", '"5 - 3"'],
  ])("%j is written as %j", (text, cell) => {
    expect(textCell(text)).toBe(cell);
  });

  test.each([
    ["two\nlines", "two lines"],
    ["two\r\nlines", "two lines"],
    ["a\rb\vc\fd\te\0f", "a b c d e f"],
    ["a\u0085b\u2028c\u2029d", "a b c d"],
    ["\n\n", "  "],
  ])("%j has spaces instead of line breaks and tabs: %j", (text, harmless) => {
    expect(cellsOf(textCell(text))).toEqual([harmless]);
  });

  test.each<[string, string]>([
    ...Array.from("=+-@|%＝＋－＠％｜﹦﹢﹣﹫﹪⁼₊−ー", (sign): [string, string] => [`${sign}1`, `'${sign}1`]),
    [" =1", " '=1"],
    ["  \t =1", "    '=1"],
    ["\t=1", " '=1"],
    ["\r\n=1", " '=1"],
    ["\u00a0=1", "\u00a0'=1"],
    ["\u200b=1", "\u200b'=1"],
    ["\ufeff=1", "\ufeff'=1"],
    ["\u3164\ufe0f\u2800=1", "\u3164\ufe0f\u2800'=1"],
    ["\0=1", " '=1"],
    ['"=1', `"'=1`],
    ["'=1", "''=1"],
    ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
    ["+1 604 555 0100", "'+1 604 555 0100"],
    ["Ada;=1;ok\n=2", "Ada;'=1;ok =2"],
    ["Ada,=1, -2", "Ada,'=1, '-2"],
    [';"=1+1;x\n"=2', `;"'=1+1;x "=2`],
    // Found by fuzzing: the apostrophe preceded the line break.
    ["x\r\n=1+1;y", "x =1+1;y"],
    [" \n=cmd|' /C calc'!A0", "  '=cmd|' /C calc'!A0"],
    ["\n=", " '="],
    ["x\t\n=", "x  ="],
  ])("%j is no longer a formula: %j", (text, harmless) => {
    expect(cellsOf(textCell(text))).toEqual([harmless]);
  });
});

/** No generated text contains this one, so a field that begins with it is the number's own. */
const NUMBER = "-7.05";
const NO_BREAK_SPACES = [
  "\u00a0",
  "\u202f",
  "\u2003",
  "\u3000",
  "\u200b",
  "\u200d",
  "\u2060",
  "\ufeff",
  "\u00ad",
  "\u3164",
];
const SIGNS = ["=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠"];
const SPACES = ["\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029", "\t", " ", "\0", ...NO_BREAK_SPACES];
const anyText = fc
  .array(fc.constantFrom(...SIGNS, ...SPACES, ",", ";", '"', '""', "'", "x", "1"), { maxLength: 12 })
  .map((parts) => parts.join(""));
const anyLine = fc.array(fc.oneof({ weight: 4, arbitrary: anyText }, fc.string({ unit: "grapheme" })), {
  minLength: 1,
  maxLength: 4,
});

/** Alternating texts and numbers. */
const lineOf = (texts: readonly string[]): string =>
  csvLine(texts.flatMap((text) => [textCell(text), numberCell(NUMBER)]));

/** How a program reads a file: its separators, and whether it supports quotes. */
const SEPARATORS = [",", ";", "\t", ",;", ",;\t", ""];

test("no field begins with a formula, wherever a program splits the file, with or without support for quotes", () => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 3 }), (lines) => {
      const file = lines.map(lineOf).join("");
      for (const separators of SEPARATORS) {
        for (const fields of [
          quotedFields(file, separators),
          file.split(new RegExp(`[${separators}${LINE_BREAKS}]`, "u")),
        ]) {
          const formulas = fields.filter((field) => beginsFormula(field) && !field.startsWith(NUMBER));
          expect([separators, file, formulas]).toEqual([separators, file, []]);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test("a program that reads RFC 4180 finds every text, with spaces for line breaks, after the apostrophes that docs/api.md describes", () => {
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 4 }), (texts) => {
      const cells = cellsOf(lineOf(texts).slice(0, -2));
      const without = (cell: string) =>
        cell.replaceAll(/(?<=^|[,;])([\s\p{Cf}\u3164"']*)'(?=[=+\-@|%＝＋－＠])/gu, "$1");
      expect(cells.filter((_cell, index) => index % 2 === 0).map(without)).toEqual(
        texts.map((text) => text.replaceAll(/\r\n|[\p{Cc}\u2028\u2029]/gu, " ")),
      );
      expect(cells.filter((_cell, index) => index % 2 === 1)).toEqual(texts.map(() => NUMBER));
    }),
    { numRuns: 1_000 },
  );
});

const LINE_BREAKS = "\\n\\r\\v\\f\\u0085\\u2028\\u2029\\x1c-\\x1e";

/** What follows characters that programs skip or do not show. An apostrophe is not one of them: it marks a text. */
function beginsFormula(field: string): boolean {
  return /^[\s\p{Cf}\p{Cc}\u3164"]*[=+\-@|%＝＋－＠]/u.test(field);
}

/**
 * As programs read it: a quote opens a field only at its beginning, and a quoted field may contain separators and line
 * breaks.
 */
function quotedFields(file: string, separators: string): string[] {
  const end = `[${separators}${LINE_BREAKS}]`;
  const field = new RegExp(`"((?:[^"]|"")*)"?([^]*?)(?:${end}|$)|([^]*?)(?:${end}|$)`, "uy");
  const fields: string[] = [];
  while (field.lastIndex < file.length) {
    const [, quoted, rest = "", bare = ""] = field.exec(file) ?? [];
    fields.push(quoted === undefined ? bare : quoted.replaceAll('""', '"') + rest);
  }
  return fields;
}

/** The cells of a line, strictly by RFC 4180. */
function cellsOf(line: string): string[] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y;
  const cells: string[] = [];
  for (let separator: string | undefined = ","; separator === ",";) {
    const match = cell.exec(line);
    if (!match) throw new Error(`Invalid CSV: ${line}`);
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    separator = match[3];
  }
  return cells;
}

test("a number stays a number, even below zero", () => {
  expect([-0.05, "-0.05", 0, null].map(numberCell)).toEqual(["-0.05", "-0.05", "0", ""]);
});

test("the file begins with the bytes by which Excel detects UTF-8", () => {
  expect([...Buffer.from(BYTE_ORDER_MARK)]).toEqual([0xef, 0xbb, 0xbf]);
});

test("a line ends as in RFC 4180", () => {
  expect(csvLine([textCell("a,b"), numberCell(1), ""])).toBe('"a,b",1,\r\n');
});
