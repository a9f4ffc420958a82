import { nearMissFinder } from "../../src/domain/near-miss.ts";

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
  "Lovelace Street",
  "Canada",
  "604 555 0199",
  "2025-11-14T20:00:00Z",
  "pi_3SReGF2ONyiEh5kx0kUS46u7",
  "acct_1SPg6y2LSUVFKuLN",
])("%j does not", (text) => {
  expect(find(text)).toBeNull();
});

test.each([
  ["ada.l@googlemail.com", "adal@gmail.com"],
  ["ada@gmail.com", "a.d.a+x@googlemail.com"],
])("of %j, %j is the same mailbox", (address, text) => {
  expect(nearMissFinder(address, [])(text)).toBe(text);
});

test("a long text without an address is looked at once", () => {
  expect(nearMissFinder("ada@example.org", [])("a".repeat(1_000_000))).toBeNull();
});
