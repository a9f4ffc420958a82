import { BYTE_ORDER_MARK, csvLine, numberCell, textCell } from "../../src/domain/csv.ts";

describe("a text", () => {
  test.each<[string | null, string]>([
    ["Ada", "Ada"],
    [null, ""],
    ["", ""],
    ["Lovelace, Ada", '"Lovelace, Ada"'],
    ['"Ada"', '"""Ada"""'],
    ["two\nlines", '"two\nlines"'],
    ["a;b", '"a;b"'],
    ["Zoë 研修", '"Zoë 研修"'],
    ["a-b+c@d=e", "a-b+c@d=e"],
    ["5 - 3", '"5 - 3"'],
  ])("%j is %j", (text, cell) => {
    expect(textCell(text)).toBe(cell);
  });

  test.each([
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t1",
    "\r1",
    "\n1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "﹦1",
    "−1",
    " =1",
    "  \t =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "\u0000=1",
    " \r1",
    "=cmd|' /C calc'!A0",
    "+1 604 555 0100",
  ])("%j is no formula any more", (text) => {
    const cell = textCell(text);
    expect(cell.replaceAll(/^"|"$/g, "").replaceAll('""', '"')).toBe(`'${text}`);
  });

  test("is no formula where a program splits it at semicolons or lines either", () => {
    expect(textCell("Ada;=1;ok\n=2")).toBe(`"Ada;'=1;ok\n'=2"`);
    // Nor behind a quote, which it takes away.
    expect(textCell(';"=1+1;x\n"=2\t"=3')).toBe(`";'""=1+1;x\n'""=2\t'""=3"`);
    expect(textCell('"=1')).toBe(`"'""=1"`);
  });
});

test("a number stays one, also below zero", () => {
  expect([-0.05, "-0.05", 0, null].map(numberCell)).toEqual(["-0.05", "-0.05", "0", ""]);
});

test("Excel knows UTF-8 by its first three bytes", () => {
  expect([...Buffer.from(BYTE_ORDER_MARK)]).toEqual([0xef, 0xbb, 0xbf]);
});

test("a line ends as RFC 4180 says", () => {
  expect(csvLine([textCell("a,b"), numberCell(1), ""])).toBe('"a,b",1,\r\n');
});
