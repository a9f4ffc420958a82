import fc from "fast-check";
import {
  addressOf,
  formsOf,
  holdsAddress,
  holdsAnyAddress,
  intendedAddress,
  isErasedFrom,
  isNamedIn,
  redacted,
} from "../../src/domain/personal-text.ts";

// cspell:ignore adah bcher Élodie eorg lodie mple nple stra

const ADDRESS = "ada@example.org";

test.each([
  ["ada@example.org", ADDRESS],
  [" Ada@EXAMPLE.org\t", ADDRESS],
  ["a@b", "a@b"],
  ["o'brien+moon@example.org", "o'brien+moon@example.org"],
  ["ze\u0301@example.org", "z\u00e9@example.org"],
  ["\u0130da@example.org", "i\u0307da@example.org"],
  [`${"a".repeat(308)}@example.org`, `${"a".repeat(308)}@example.org`],
  [`${"a".repeat(309)}@example.org`, null],
  ["", null],
  ["ada", null],
  ["@example.org", null],
  ["ada@", null],
  ["ada@b@example.org", null],
  ["grace ada@example.org", null],
  ["ada@example.org grace", null],
  ["Ada <ada@example.org>", null],
])("%j is the email address %j", (text, address) => {
  expect(addressOf(text)).toBe(address);
});

test.each([
  ["ada@example.org", "ada@example.org"],
  [" ADA@example.org ", "ada@example.org"],
  ["_o'ada+x@ex-ample.org", "_o'ada+x@ex-ample.org"],
  ["ada@example.org.", "ada@example.org"],
  ["'ada@example.org'", "ada@example.org"],
  ["\u201cada@example.org\u201d", "ada@example.org"],
  ["<ada@example.org>", "ada@example.org"],
  ["Ada Lovelace <ada@example.org>", "ada@example.org"],
  ["mailto:ada@example.org?x", "ada@example.org"],
  ["=ada@example.org", "ada@example.org"],
  ["mail=ada@example.org&x=1", "ada@example.org"],
  ["{ada@example.org}", "ada@example.org"],
  ["**ada@example.org**", "ada@example.org"],
  ["ada@example.org/z", "ada@example.org"],
  ["%61da%40example.org", "ada@example.org"],
  ["=?utf-8?q?ada=40example.org?=", "ada@example.org"],
  ["=?utf-8?B?YWRhQGV4YW1wbGUub3Jn?=", "ada@example.org"],
  [" 100%41@example.org ", "100%41@example.org"],
  ["a@b", "a@b"],
  ["ada@1.example.org", "ada@1.example.org"],
  ["ada@-example.org", null],
  ["ada", null],
  ["", null],
])("the input %j means %j", (text, address) => {
  expect(intendedAddress(text)).toBe(address);
});

test.each([
  ["ada@example.org", true],
  [" ADA@example.org\u00a0", true],
  ["Ada Lovelace <ada@example.org>", true],
  ["grace@example.org;ada@example.org", true],
  ["mailto:ada@example.org", true],
  ["asked by ada@example.org.", true],
  ["'ada@example.org', [ada@example.org]", true],
  ["ada@example.org's refund", true],
  ["**ada@example.org**", true],
  ["o'ada@example.org", false],
  ["nada@example.org", false],
  ["x.ada@example.org", false],
  ["moon-ada@example.org", false],
  ["moon+ada@example.org", false],
  ["_ada@example.org", false],
  ["ada@example.org.uk", false],
  ["ada", false],
  ["", false],
])("%j holds the address: %j", (text, holds) => {
  expect(holdsAddress(text, ADDRESS)).toBe(holds);
});

test("an address may begin with punctuation", () => {
  expect(holdsAddress("asked by _ada@example.org", "_ada@example.org")).toBe(true);
});

test("an address with an invalid domain is found only with its domain", () => {
  expect(holdsAddress("asked by ada@, who paid", "ada@xn--i\u00f1valid.com")).toBe(false);
});

test("an address is found in any Unicode normalisation", () => {
  expect(holdsAddress("ZE\u0301@example.org", "z\u00e9@example.org")).toBe(true);
});

test.each<[string, string[], string]>([
  ["Ada Lovelace paid in cash", ["Ada Lovelace"], "[erased] paid in cash"],
  ["\u0001ada@example.org", [ADDRESS], "\u0001[erased]"],
  ["ada lovelace, ADA LOVELACE", ["Ada Lovelace"], "[erased], [erased]"],
  ["Ada Lovelace paid for Ada", ["Ada", "Ada Lovelace"], "[erased] paid for [erased]"],
  ["asked by ada@example.org.", [ADDRESS], "asked by [erased]."],
  ["call +1 (604) 555-0100", ["+1 (604) 555-0100"], "call [erased]"],
  ["a.b and axb", ["a.b"], "[erased] and axb"],
  ["Canada, Adah, Ada2", ["Ada"], "Canada, Adah, Ada2"],
  ["Élodie is not Lodie", ["lodie"], "Élodie is not [erased]"],
  ["Ada", ["  Ada "], "[erased]"],
  ["Zoe\u0301 paid", ["Zo\u00e9"], "[erased] paid"],
  ["Ada - Lovelace", ["Ada Lovelace"], "[erased]"],
  ["AdaLovelace, Ada ... Lovelace", ["Ada Lovelace"], "AdaLovelace, Ada ... Lovelace"],
  ["Ada paid", ["Ada Lovelace"], "Ada paid"],
  ["call 16045550100", ["+1 (604) 555-0100"], "call [erased]"],
  ["call 555010", ["555 010"], "call [erased]"],
  ["call 55010", ["55 010"], "call 55010"],
  ["A1B22C333", ["A1 B22 C333"], "A1B22C333"],
  ["1A22B333C", ["1A 22B 333C"], "1A22B333C"],
  ["Ada2000Love", ["Ada 2000 Love"], "Ada2000Love"],
  ["a *** b", ["***"], "a [erased] b"],
  ["Joe Erased paid", ["Joe Erased"], "[erased] paid"],
  ["Erased Joe paid", ["Erased Joe"], "[erased] paid"],
  ["Erased: rope", ["Erased"], "Erased: rope"],
  ["null", ["Al"], "null"],
  ["Al rounded a cent", ["Al", " a "], "Al rounded a cent"],
  ["a cent, rounded", [], "a cent, rounded"],
  ["Zoe\u0301 paid", ["Ada"], "Zoe\u0301 paid"],
])("from %j, erasing %j leaves %j", (text, personal, left) => {
  expect(redacted(text, personal)).toBe(left);
});

test("texts that are all too short are found nowhere", () => {
  expect(isNamedIn("null and a cent", ["a"])).toBe(false);
});

test("more than 30 marks are normalised in parts, in linear time", () => {
  const marks = "\u0301".repeat(30);
  expect(redacted(`Ada e${marks}\u0316`, ["Ada"])).toBe(`[erased] \u00e9${marks.slice(1)}\u0316`);
  expect(holdsAddress(`ze\u0301@example.org ${marks}\u0316`, "z\u00e9@example.org")).toBe(true);
});

/** A text that is encoded so many times, one after the other. */
function layers(count: number, sign: string): string {
  return `%${"u0025".repeat(count - 1)}u${sign}`;
}

/** Signs of all encodings: decoded in any order, they have more forms than are searched. */
const MANY = "100%41 &amp; <b>x</b> \\n =3D %e9 \\x41 =?utf-8?q?a?= [1m %2541 &amp;amp;#46; =3D3D41 \\\\x41";

test.each<[string, mayHide: boolean, text: string]>([
  ["50 layers, which are all decoded", false, `ada${layers(50, "0040")}example.org`],
  ["51 layers", true, `ada${layers(51, "0040")}example.org`],
  ["49 layers, each in two forms", false, `%e9 ${layers(49, "007a")}`],
  ["50 layers, each in two forms", true, `%e9 ${layers(50, "007a")}`],
  ["more forms than are searched", false, MANY],
  ["more forms than are searched, and an @", true, `${MANY} @`],
  ["more forms than are searched, of which some contain an @", true, `${MANY} %40`],
  ["a megabyte that is encoded twice, and an @", true, `%2541 @ ${"a".repeat(1_700_000)}`],
  ["a megabyte that is encoded once, and an @", false, `%41 @ ${"a".repeat(1_700_000)}`],
])("a text with %s may hide an address: %j", (_what, mayHide, text) => {
  expect(formsOf(text).mayHideAddress).toBe(mayHide);
});

test("beyond the searched forms, each encoding is still decoded many times", () => {
  expect(holdsAddress(`${MANY} ada${layers(40, "0040")}example.org`, ADDRESS)).toBe(true);
  expect(holdsAddress(`${MANY} ada${"\\".repeat(40)}@example.org`, ADDRESS)).toBe(true);
});

/** Encodings and insertions that are known to hide an address, and similar ones. */
const HIDDEN = [
  "ada@example.org\u200b",
  "a\u00adda@exa\u2060mple.org",
  "\u202eada@example.org\u202c",
  "ada\uff20example.org",
  "ada\ufe6bexample.org",
  "\uff41\uff44\uff41@example\uff0eorg",
  "ada@example\u3002org",
  "\u{1d41a}\u{1d41d}\u{1d41a}@example.org",
  "=ada@example.org",
  "{ada@example.org}",
  "ada@example.org|grace@example.org",
  "grace@example.org|ada@example.org",
  "ada@example.org/z",
  "mail=ada@example.org",
  "mail=ADA@EXAMPLE.ORG&x=1",
  "#ada@example.org#",
  "-ada@example.org",
  "+ada@example.org-",
  "_ada@example.org_",
  "ada%40example.org",
  "ada%2540example%252Eorg",
  "%61%64%61%40example.org",
  "\uff0540 ada\uff0540example.org",
  "100% ada%40example.org",
  "ada&#64;example.org",
  "ada&#x40;example&period;org",
  "ada\\u0040example.org",
  "ada\\x40example.org",
  "ada=40example.org",
  "ada@exam=\r\nple.org",
  '{"email":"ada@example.org"}',
  "https://example.com/?to=ada%40example.org#x",
];

test.each(HIDDEN)("%j holds the address, and loses it", (text) => {
  expect([holdsAddress(text, ADDRESS), holdsAnyAddress(text)]).toEqual([true, true]);
  const left = redacted(text, [ADDRESS]);
  expect([left.includes("[erased]"), holdsAddress(left, ADDRESS)]).toEqual([true, false]);
});

test("an address is found and erased in any encoding, with any characters inserted", () => {
  const encodings: ((text: string) => string)[] = [
    (text) => text,
    (text) => text.toUpperCase(),
    encodeURIComponent,
    (text) =>
      Array.from(Buffer.from(text))
        .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
        .join(""),
    (text) =>
      Array.from(text)
        .map((one) => `&#${one.charCodeAt(0)};`)
        .join(""),
    (text) =>
      Array.from(text)
        .map((one) => `\\u{${one.charCodeAt(0).toString(16)}}`)
        .join(""),
    (text) => text.replaceAll(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
    (text) => Array.from(text).join("\u200b"),
  ];
  const around = fc.string({
    unit: fc.constantFrom(...Array.from(' \t\n,;:|/{}[]()<>=#!?*~^$"`\u200b\u2028')),
    maxLength: 8,
  });
  const ways = fc.array(fc.constantFrom(...encodings), { maxLength: 3 });
  fc.assert(
    fc.property(around, ways, around, (before, used, after) => {
      const text = `${before}${used.reduce((one, encode) => encode(one), ADDRESS)}${after}`;
      expect(holdsAddress(text, ADDRESS)).toBe(true);
      expect(holdsAddress(redacted(text, [ADDRESS]), ADDRESS)).toBe(false);
    }),
  );
});

test.each([
  ["\u0130da@example.org", "\u0130DA@EXAMPLE.ORG"],
  ["stra\u00dfe@example.org", "STRA\u1e9eE@example.org"],
  ["\u03c3\u03c2@example.org", "\u03a3\u03a3@EXAMPLE.org"],
  ["adalov@example.org", "Ada\nlov@example.org"],
  ["ada@example.org", "a\u0001da@example.org"],
  ["ada@b\u00fccher.example", "ada@xn--bcher-kva.example"],
  ["ada@b\u00fccher.example", "_ada@xn--bcher-kva.example_"],
  ["ada@xn--bcher-kva.example", "Ada@B\u00dcCHER.example"],
])("the address %j is found in %j", (address, text) => {
  expect(holdsAddress(text, addressOf(address) ?? "")).toBe(true);
});

test.each([
  ["Grace", false],
  ["Grace @ head office", false],
  ["grace at example.org", false],
  ["grace@head-office", true],
  ["grace @ head . example", true],
  ["grace  @head.  5", true],
  ["grace@ head.example", true],
  [" @ head.example", false],
  ["grace @ head.!", false],
  ["Grace <grace@example.org>", true],
])("%j holds any address: %j", (text, holds) => {
  expect(holdsAnyAddress(text)).toBe(holds);
});

test.each([
  ["[erased]: rope", "Ada@example.org: Rope", true],
  ["[erased]: rope", ": rope", false],
  ["[erased]: rope", "ada@example.org: clay", false],
  ["party of [erased] and [erased]", "Party of Ada and Grace", true],
  ["party of [erased] and [erased]", "party of Ada and ", false],
  ["party of [erased]", "party for Ada", false],
  ["rope", "rope", true],
  ["rope", "clay", false],
  ["[erased]: rope", "ada: r%6fpe", true],
  ["[erased]a[erased]", "axa", false],
  ["[erased] a [erased]", "x a", false],
])("whether %j may be the rest of %j after an erasure: %s", (left, text, may) => {
  expect(isErasedFrom(left, text)).toBe(may);
});
