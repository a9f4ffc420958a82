import { namePartFinder, nearMissFinder } from "../../src/domain/near-miss.ts";

// cspell:ignore alibongo athar ayin baer brien darc dorde familia firma geburtstag grossmann juergen ller llers loew
// cspell:ignore lukasz madur pala rgen saer soren ukasz

const find = nearMissFinder("ada@example.org", ["ada@example.org", "Ada Lovelace", "+1 (604) 555-0100"]);

test.each([
  ["ada@example.organic", "ada@example.organic"],
  ["asked by nada@example.org", "nada@example.org"],
  ["adaa@example.org", "adaa@example.org"],
  ["ad@example.org", "ad@example.org"],
  ["daa@example.org", "daa@example.org"],
  ["\u0430da@example.org", "\u0430da@example.org"],
  ["ada@exmaple.org", "ada@exmaple.org"],
  ["ada@example.com", "ada@example.com"],
  ["ada@mail.example.org", "ada@mail.example.org"],
  ["ada+moon@example.org", "ada+moon@example.org"],
  ["a.d.a@example.org", "a.d.a@example.org"],
  ["ada at example dot org", "ada at example dot org"],
  ["Ada (at) example (dot) org", "Ada (at) example (dot) org"],
  ["ada @ example.org", "ada @ example.org"],
  ["ada at example.org", "ada at example.org"],
  ["Lovelace, Ada", "Lovelace, Ada"],
  ["AdaLovelace", "AdaLovelace"],
  ["Ada Lovelace paid", "Ada Lovelace paid"],
  ["6045550100", "6045550100"],
  ["604.555.0100", "604.555.0100"],
  ["00 1 604 555 01 00", "00 1 604 555 01 00"],
])("%j resembles the customer: %j", (text, found) => {
  expect(find(text)).toBe(found);
});

test.each([
  "",
  "Ada",
  "grace@example.org",
  "edsger@example.org, grace@example.com",
  "ada@head.example",
  "ada@elsewhere.net",
  "odo@example.org",
  "adaxx@example.org",
  "a@example.org",
  "dab@example.org",
  "Lovelace Street",
  "Canada",
  "604 555 0199",
  "16,045,550,100",
  "2025-11-14T20:00:00Z",
  "pi_3SReGF2ONyiEh5kx0kUS46u7",
  "acct_1SPg6y2LSUVFKuLN",
])("%j does not", (text) => {
  expect(find(text)).toBeNull();
});

test.each([
  ["ada.l@googlemail.com", "adal@gmail.com"],
  ["ada@gmail.com", "a.d.a+x@googlemail.com"],
  ["ada@mail.example.org", "ada@example.org"],
])("of %j, %j is the same mailbox", (address, text) => {
  expect(nearMissFinder(address, [])(text)).toBe(text);
});

test.each(["ada@agooglemail.com", "ada@googlemail.com.example"])("of ada@gmail.com, %j is another mailbox", (text) => {
  expect(nearMissFinder("ada@gmail.com", [])(text)).toBeNull();
});

test.each([
  ["Ada Loves", "TeamAdaLoves"],
  ["Ada Lovelace 2", "AdaLovelace2"],
  ["2 Moons Yoga", "2MoonsYoga"],
  ["Klaus Gro\u00dfmann", "KLAUS GROSSMANN"],
  ["555 0100", "6045550100"],
])("of the customer %j, %j is a near miss", (name, text) => {
  expect(nearMissFinder("ada@example.org", [name])(text)).toBe(text);
});

test.each([
  ["Li Bo", "alibongo"],
  ["12345", "order 9123459"],
  ["ada1234567@example.org", "order 1234567"],
])("of the customer %j, %j is none", (name, text) => {
  expect(nearMissFinder("ada@example.org", [name])(text)).toBeNull();
});

test("a text with more variants than are searched is listed if it may contain an address", () => {
  const many = "100%41 &amp; <b>x</b> \\n =3D %e9 \\x41 =?utf-8?q?a?= [1m %2541 &amp;amp;#46; =3D3D41 \\\\x41";
  expect([find(many), find(`${many} grace@head.example`)]).toEqual([null, `${many} grace@head.example`]);
  const nested = `ada%${"u0025".repeat(80)}u0040example.org`;
  expect(find(nested)).toBe(nested);
});

test.each([
  ["Ada Lovelace", "Ada's birthday"],
  ["Ada Lovelace", "Adas Geburtstag"],
  ["Ada Lovelace", "LOVELACE family retreat"],
  ["Ada Lovelace", "TeamLovelace2025"],
  ["Ada Lovelace", "%4Cove&shy;lace retreat"],
  ["Jos\u00e9 N\u00fa\u00f1ez", "Jose's rope"],
  ["Jose Nunez", "Familia N\u00fa\u00f1ez"],
  ["Jose Nunez", "Nu\u0301n\u0303ez"],
  ["J\u00fcrgen M\u00fcller", "Firma Mueller"],
  ["Juergen Mueller", "M\u00fcllers Fest"],
  ["S\u00f8ren \u0141ukasz", "Soren and Lukasz"],
  ["Li Bo", "For Li"],
  ["O'Brien", "OBrien party"],
  ["Jeanne d'Arc", "Darc party"],
  ["Jeanne Darc", "D\u2019Arc party"],
  ["Rose Hill", "Primroses"],
  ["S\u00e6r", "Saer"],
  ["Ma\u00f0ur", "Madur"],
  ["S\u00f8r", "Sor"],
  ["A\u00fear", "Athar"],
  ["\u0110or\u0111e", "Dorde"],
  ["Ay\u0131n", "Ayin"],
  ["Pa\u0142a", "Pala"],
  ["C\u0153ur", "Coeur"],
  ["Gro\u00dfe", "Grosse"],
  ["B\u00e4r", "Baer"],
  ["L\u00f6w", "Loew"],
  ["\u5c71\u7530\u592a\u90ce", "\u5c71\u7530\u69d8\u306e\u4f1a"],
  ["\u5c71\u7530 \u592a\u90ce", "\u795d\u592a\u90ce\u541b"],
  ["\u674e \u660e", "\u5c0f\u674e\u7684\u751f\u65e5"],
  ["\uae40\ucca0\uc218", "\ucca0\uc218\uc758 \uc0dd\uc77c"],
])("part of %j occurs in the label %j", (name, label) => {
  expect(namePartFinder(["ada@example.org", name, "+1 604 555 0100"])(label)).toBe(label);
});

test.each([
  ["Ada Lovelace", "Cedar rope"],
  ["Ada Lovelace", "Canada"],
  ["Ada Lovelace", "[erased]: rope"],
  ["Li Bo", "Library"],
  ["Bank of the West", "The art of rope for all"],
  ["Ada B. Lovelace", "Side B"],
  ["ada@example.org", "An example"],
  ["+1 604 555 0100", "604 rope"],
  ["\u5c71\u7530", "\u5c71\u8336"],
  ["\u5c71\u7530", "\u9752\u7530"],
  ["Ada", "604 rope ada"],
])("part of %j occurs in %j only as a whole word", (name, label) => {
  expect(namePartFinder([name])(label)).toBe(name === "Ada" ? label : null);
});
