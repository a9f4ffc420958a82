import { holdsAddress, holdsAnyAddress, isErasedFrom, redacted } from "../../src/domain/personal-text.ts";
import { decodeAll, DECODERS, isEncoded } from "../../src/domain/text-decoders.ts";

// cspell:ignore adalo adalove cller commat eorg ller covelace mexample ngan nple rple rsquo uuml zwnj

const ADDRESS = "ada@example.org";

/** Each text contains this address of the customer, and loses it. */
test.each<[kind: string, texts: readonly string[], address?: string]>([
  [
    "encoded words",
    [
      "=?utf-8?Q?ada=40example=2Eorg?=",
      "Ada =?UTF-8?B?YWRhQGV4YW1wbGUub3Jn?= paid",
      "=?utf-8*en?q?ada=40exam?=\r\n =?utf-8?q?ple.org?=",
      "=?utf-16le?B?YQBkAGEAQABlAHgAYQBtAHAAbABlAC4AbwByAGcA?=",
      "=?no-such-charset?q?ada=40example.org?=",
    ],
  ],
  ["an encoded word of Latin-1", ["=?iso-8859-1?q?m=FCller=40example.org?="], "m\u00fcller@example.org"],
  [
    "quoted-printable",
    [
      "ada=5Fl+x=2dy=40example=2Eorg",
      "ada=5fl=2Bx-y=\r\n@example.org",
      "ada_l+x=2Dy=40exam=  \r\nple.org",
      "=61da_l+x-y@example.org",
    ],
    "ada_l+x-y@example.org",
  ],
  [
    "bytes",
    [
      "m=C3=BCller=40example.org",
      "m=FCller=40example.org",
      "m%C3%BCller%40example.org",
      "m%FCller%40example.org",
      "m\\xc3\\xbcller@example.org",
      "m\\xfcller\\x40example.org",
      "m\\303\\274ller\\100example\\056org",
      "m%C3%BCller%EF%BC%A0example.org%FF",
      "%FF%EF%BC%A0m%C3%BCller%EF%BC%A0example.org",
    ],
    "m\u00fcller@example.org",
  ],
  [
    "entities",
    [
      "a&shy;da&commat;example.o&zwj;rg",
      "a&zwnj;da&ZeroWidthSpace;@example&period;org",
      "ada&#000000000000000000064;example.org",
      "ada&#x000000000000000040;example.org",
      "ADA&COMMAT;EXAMPLE.ORG",
      "ada&amp;amp;commat;example.org",
      "ada&#64example.org",
      "Ada:&NewLine;ada@example.org&nbsp;paid",
    ],
  ],
  ["an entity of a letter", ["m&uuml;ller@example.org", "M&UUML;LLER@EXAMPLE.ORG"], "m\u00fcller@example.org"],
  [
    "markup",
    [
      "ada<wbr>@example.org",
      "ada@<b>example</b>.org",
      "Hi<br>ada<wbr/>@<i class='x'>example.org</i><br/>paid",
      "ada<!-- not -->@example<!-- <b> -->.org",
      "<ada@example.org>",
      "<a href='mailto:ada%40example.org'>Ada</a>",
      "&lt;b&gt;ada&lt;/b&gt;@example.org",
    ],
  ],
  [
    "escapes",
    [
      "ada%u0040example.org",
      "ada\\U00000040example.org",
      "ada\\u{0000000040}example.org",
      "ada\\x{40}example.org",
      "ada\\100example\\056org",
      "ada\\@example\\.org",
      "ada\\40 example.org",
      "ada\\\\\\\\u0040example.org",
      "ada+AEA-example.org",
      "Hello\\nada@example.org\\tpaid",
    ],
  ],
  [
    "control characters",
    [
      "\u001b[31mada@example.org\u001b[0m",
      "\\u001b[1;4mada@example.org\\u001b[0m",
      "\\033[1mada@example.org\\033[0m",
      "^[[31mada@example.org^[[0m",
      "[31mada@example.org[0m",
      "ada@\u001b[1mexample\u001b[0m.org",
      "\u001b]8;;x\u0007ada@example.org\u001b]8;;\u0007",
      "\0ada\b@example.org\u007f",
    ],
  ],
  [
    "letters of scripts without spaces",
    [
      "\u8acb\u806f\u7d61ada@example.org\u8b1d\u8b1d",
      "\u30e1\u30fc\u30ebada@example.org\u306b",
      "\uc5f0\ub77d\ucc98ada@example.org\uc73c\ub85c",
      "\u0e15\u0e34\u0e14\u0e15\u0e48\u0e2dada@example.org\u0e04\u0e23\u0e31\u0e1a",
      "\u8acb\u3002ada@example.org\u3002\u8b1d",
    ],
  ],
  [
    "signs that are shown as letters or dots",
    [
      "ada@example.org\u2122",
      "ada@example.org\u00b2",
      "\u2460ada@example.org",
      "asked by\u2026ada@example.org",
      "utf-8''ada%40example.org",
    ],
  ],
  [
    "hyphens and apostrophes",
    [
      "o\u2019ada@ex\u2011ample.org",
      "o\u2018ada@ex\u2010ample.org",
      "o\\'ada@ex\u2013ample.org",
      "o''ada@ex&hyphen;ample.org",
      "o&rsquo;ada@ex&dash;ample.org",
    ],
    "o'ada@ex-ample.org",
  ],
  [
    "folds",
    [
      "ada@exam\r\n ple.org",
      "ada@\nexample.org",
      "ada\r\n\t@example.org",
      "> ada@example.\n> org",
      "ada @ example.org",
      "ada@example .org",
      "ada@exam ple.org",
      "ada@exam\\nple.org",
      "ada@example<br>.org",
    ],
  ],
  ["a fold of a mailbox", ["by adalove\nlace@example.org"], "adalovelace@example.org"],
  [
    "many forms",
    [
      `ada%${"25".repeat(300)}40example.org`,
      `ada&${"amp;".repeat(300)}commat;example.org`,
      `ada${"=3D".repeat(1)}${"3D".repeat(300)}40example.org`,
      "100%41 &amp; <b>x</b> \\n =3D %e9 \\x41 =?utf-8?q?a?= [1m ada%2540example&amp;#46;org",
    ],
  ],
])("an address in %s is found and erased", (_kind, texts, address = ADDRESS) => {
  const left = texts.map((text) => [text, redacted(text, [address])] as const);
  const missed = left.filter(
    ([text, rest]) => !holdsAddress(text, address) || !rest.includes("[erased]") || holdsAddress(rest, address),
  );
  expect(missed).toEqual([]);
  expect(texts.filter((text) => !holdsAnyAddress(text))).toEqual([]);
  expect(left.filter(([text, rest]) => !isErasedFrom(rest, text))).toEqual([]);
});

test.each([
  ["\u5927\u5c71\u7530@example.jp", "\u5c71\u7530@example.jp"],
  ["a\nb@example.org", "ab@example.org"],
  ["Ada.\nLovelace@example.org", "ada.lovelace@example.org"],
  ["Ada\n.Lovelace@example.org", "ada.lovelace@example.org"],
  ["Ad\nalove@example.org", "adalove@example.org"],
  ["Adalo\nve@example.org", "adalove@example.org"],
  ["ada@example.o rg", ADDRESS],
  ["ada@example.\u4e16\u754c\u4e00", "ada@example.\u4e16\u754c"],
  ["a @ b", "a@b"],
  ["n%61da@example.org", ADDRESS],
  ["moon\u2011ada@example.org", ADDRESS],
  ["\u043bada@example.org", ADDRESS],
  ["nada@exam\nple.org", ADDRESS],
  ["ada@example.or\ngan", ADDRESS],
])("%j may be another customer's address, or none: %j is not found", (text, address) => {
  expect(holdsAddress(text, address)).toBe(false);
});

test("text that only looks encoded is found unchanged", () => {
  const texts = ["mail=ada@example.org", "100%ada@example.org", "x\\ada@example.org", "R&ada@example.org"];
  expect(texts.filter((text) => !holdsAddress(text, ADDRESS))).toEqual([]);
});

/** In the order of DECODERS. */
const KINDS = ["signs", "bytes of Latin-1", "quoted-printable", "escapes", "markup"] as const;

test.each<[(typeof KINDS)[number], text: string, decoded: string]>([
  ["signs", "%41 %C3%BC", "A \u00fc"],
  ["signs", "a surrogate: %ED%A0%80", "a surrogate: %ED%A0%80"],
  ["signs", "\\u{10ffff} \\u{110000}", "\u{10ffff} \\u{110000}"],
  ["signs", "=?utf-8?q?Ada_=4Covelace?=\r\n =?utf-8?q?_paid?=", "Ada Lovelace paid"],
  ["signs", "=?iso-8859-1?q?M=FCller?=", "M\u00fcller"],
  ["signs", "=?no-such-charset?q?Ada?=", "Ada"],
  ["signs", "exam=\rple", "example"],
  ["signs", "a=40b=2Ec", "a@b.c"],
  ["signs", "a+AEA-b+AC4-c", "a@b.c"],
  ["quoted-printable", "M=FC=\r\nller", "M\u00fcller"],
  ["escapes", "\\n\\r\\t\\f\\v\\b\\e\\0", "\n\r\t\f\v\b\u001b\0"],
  ["escapes", "a\\40 x\\40y", "a@x@y"],
  ["escapes", "\\177\\200\\303", "\u007f\\x80\\xc3"],
  ["markup", "a<b>@x</b><br>z", "a@x\nz"],
  ["markup", "^[[31ma", "\u001ba"],
  ["markup", "\u001b]8;;x\u0007a\u001b]8;;\u001b\\z", "\u001ba\u001bz"],
  ["markup", "\u009b31ma", "\u001ba"],
  ["markup", "[0;31ma", "[a"],
])("as %s, %j is decoded to %j", (kind, text, decoded) => {
  expect(DECODERS[KINDS.indexOf(kind)]?.(text)).toBe(decoded);
});

test.each([
  ["%252541", "A"],
  ["%2525u0041", "A"],
  ["&amp;amp;#65;", "A"],
  ["=3D3D41", "A"],
])("many layers of one encoding, as in %j, are decoded at once, to %j", (text, decoded) => {
  expect(decodeAll(text)).toBe(decoded);
});

test("the end of an encoded word is not a sign of another encoding", () => {
  expect(decodeAll("=?utf-8?q?A?=3da")).toBe("A3da");
});

test.each(["%", "&", "\\", "=", "<", "\u001b", "\u009b", "^[", "[0", "+A"])("a text with %j may be encoded", (sign) => {
  expect(isEncoded(`a${sign}z`)).toBe(true);
});

test("a text without such signs is not encoded", () => {
  expect(isEncoded("ada@example.org, +1 [x] ^ 5!")).toBe(false);
});
