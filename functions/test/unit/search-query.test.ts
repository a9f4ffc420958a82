import { searchTerms } from "../../src/domain/search.ts";
import { isMatch, type SearchQuery, searchQuery } from "../../src/domain/search-query.ts";
import { searchable } from "../support/records.ts";

// cspell:disable

/** Neither refunded nor disputed. */
const UNCHANGED = { amountRefunded: 0, disputes: [] };

/** As the portal does: by the terms of one condition, then by all conditions. */
function finds(typed: string, fields: object): boolean {
  const query = searchQuery(typed);
  if (query.kind !== "text") throw new Error(`${typed} is ${query.kind}`);
  const payment = searchable(fields);
  const isFound = isMatch(payment, query.conditions);
  const terms = searchTerms(payment);
  // Each condition with terms must find it, because any of them may be the one that is asked for.
  const isRead = query.conditions.every(
    ({ anyOf }) => anyOf.length === 0 || anyOf.some((term) => terms.includes(term)),
  );
  if (isFound && !isRead) throw new Error(`${typed} matches a payment that no query reads.`);
  return isFound;
}

test.each<[string, SearchQuery["kind"], string]>([
  ["pi_3Nabc", "payment", "pi_3Nabc"],
  [" ch_1 ", "charge", "ch_1"],
  ["py_1Q", "charge", "py_1Q"],
  ["po_1Q", "payout", "po_1Q"],
  ["acct_1SPg6y2LSUVFKuLN", "account", "acct_1SPg6y2LSUVFKuLN"],
  ["payment PI: pi_3Nabc.", "payment", "pi_3Nabc"],
  ["https://dashboard.stripe.com/acct_1/payments/pi_3Nabc?x=ch_1", "payment", "pi_3Nabc"],
  ["https://dashboard.stripe.com/connect/accounts/acct_1/activity", "account", "acct_1"],
])("%j is the id of a Stripe object", (typed, kind, id) => {
  expect(searchQuery(typed)).toEqual({ kind, id });
});

test.each(["", "  ", "a", "a b", "é", "-", "$", "@", "0", "+"])("%j is too short", (typed) => {
  expect(searchQuery(typed)).toEqual({ kind: "short" });
});

describe("words", () => {
  test.each([
    ["ada lovelace", "Ada Lovelace", true],
    ["LOVELACE, ada", "Ada Lovelace", true],
    ["ad love", "Ada Lovelace", true],
    ["a lovelace", "Ada Lovelace", true],
    ["ada byron", "Ada Lovelace", false],
    ["b lovelace", "Ada Lovelace", false],
    ["lace", "Ada Lovelace", false],
    ["lovelacex", "Ada Lovelace", false],
    ["nunez", "Zoë Núñez", true],
    ["strasse", "Anna Straße", true],
    ["STRAẞE", "Anna Strasse", true],
    ["lukasz", "Łukasz Nowak", true],
    ["wolfeschlegelsteinhausen", "Hubert Wolfeschlegelsteinhausen", true],
    ["wolfeschlegelsteinhausenx", "Hubert Wolfeschlegelsteinhausen", false],
    ["o'brien", "Siobhan O'Brien", true],
    ["東", "東京タワー", true],
    ["京", "東京タワー", true],
    ["京タワー", "東京タワー", true],
    ["東タワー", "東京タワー", false],
    ["太郎", "山田太郎", true],
    ["민수", "김민수", true],
    ["수민", "김민수", false],
    ["محمد", "مُحَمَّد علي", true],
    ["فاطمه", "فاطمة", true],
    ["علي محمد", "محمد علي", true],
  ])("%j in %j: %j", (typed, name, isFound) => {
    expect(finds(typed, { name })).toBe(isFound);
  });

  test("each may be of the customer, the address or the workshop", () => {
    const payment = { name: "Ada", email: "countess@example.org", workshopName: "Cedar Rope", workshopId: "w-17" };
    expect(finds("ada cedar countess 17", payment)).toBe(true);
    expect(finds("ada cedar countess 18", payment)).toBe(false);
  });

  test("a term is asked for only where it finds every match", () => {
    const query = searchQuery("workshop 5");
    expect(query).toMatchObject({ conditions: [{ anyOf: ["workshop"] }, { anyOf: [] }] });
    expect(finds("workshop 5", { workshopName: "Workshop 5" })).toBe(true);
    expect(searchQuery("5")).toMatchObject({ conditions: [{ anyOf: ["$5"] }] });
  });
});

describe("email addresses", () => {
  test.each([
    ["Ada+Rope@Example.org", "ada+rope@example.org", true],
    ["<ada@example.org>", "Ada <ADA@example.org>", true],
    ["ada@example.org", "nada@example.org", false],
    ["ada@example.org", "ada@example.org.uk", false],
    ["ada@example.org", "ada+rope@example.org", false],
    ["a.d.a@example.org", "ada@example.org", false],
  ])("%j in %j: %j", (typed, email, isFound) => {
    expect(finds(typed, { email })).toBe(isFound);
  });

  test("similar ones are found by their words", () => {
    const query = searchQuery("ada@exam");
    if (query.kind !== "text" || query.similar === null) throw new Error(query.kind);
    expect(query.conditions.map(({ anyOf }) => anyOf)).toEqual([["=ada@exam"]]);
    expect(query.similar.map(({ anyOf }) => anyOf)).toEqual([["ada"], ["exam"]]);
    expect(isMatch(searchable({ email: "ada@example.org" }), query.similar)).toBe(true);
    expect(isMatch(searchable({ email: "ida@example.org" }), query.similar)).toBe(false);
    expect(searchQuery("ada")).toMatchObject({ similar: null });
  });
});

describe("phone numbers", () => {
  test.each([
    ["6045550100", "604-555-0100", true],
    ["+1 604 555 0100", "(604) 555-0100", true],
    ["604.555.0100", "+16045550100", true],
    ["5550100", "+1 604 555 0100", true],
    ["0100", "+1 604 555 0100", true],
    ["0100", "+1 604 555 0199", false],
    ["604 555 0100", "+1 604 555 0100 ext. 1234", true],
    ["001 604 555 0100", "604 555 0100", true],
    ["020 7946 0018", "+44 20 7946 0018", true],
    ["+44 20 7946 0018", "020 7946 0018", true],
    ["+44 20 7946 0018", "+44 (0)20 7946 0018", true],
    ["+49 20 7946 0018", "+44 20 7946 0018", false],
    ["7785550100", "604-555-0100", false],
    ["0000000", "604 555 0100", false],
    ["٦٠٤٥٥٥٠١٠٠", "604-555-0100", true],
  ])("%j in %j: %j", (typed, phone, isFound) => {
    expect(finds(typed, { phone })).toBe(isFound);
  });

  test("are found beside a name", () => {
    const payment = { name: "Ada", phone: "+1 604 555 0100" };
    expect([finds("ada 604 555 0100", payment), finds("bob 604 555 0100", payment)]).toEqual([true, false]);
  });
});

describe("amounts", () => {
  test.each([
    ["1,898.96", "cad", 189_896, true],
    ["$1,898.96", "cad", 189_896, true],
    ["$1898.96", "cad", 189_896, true],
    ["CA$1,898.96", "cad", 189_896, true],
    ["1898,96", "cad", 189_896, true],
    ["1.898,96 €", "eur", 189_896, true],
    ["1 898,96 $", "cad", 189_896, true],
    ["1\u202f898,96", "cad", 189_896, true],
    ["1’898.96", "chf", 189_896, true],
    ["18,98,960.5", "inr", 189_896_050, true],
    ["1898", "cad", 189_896, true],
    ["1,898", "cad", 189_896, true],
    ["1898.9", "cad", 189_890, true],
    ["1898.90", "cad", 189_890, true],
    ["1898.00", "cad", 189_800, true],
    ["1898.00", "cad", 189_896, false],
    ["1898.9", "cad", 189_896, false],
    ["1899", "cad", 189_896, false],
    ["898.96", "cad", 189_896, false],
    [".99", "cad", 99, true],
    ["-117.24", "cad", -11_724, true],
    ["189896", "jpy", 189_896, true],
    ["¥189,896", "jpy", 189_896, true],
    ["189896", "cad", 189_896, false],
    ["1898.960", "kwd", 1_898_960, true],
    ["1.898", "kwd", 1_898, true],
    ["1.898", "cad", 189_800, true],
    ["cad 1898.96", "cad", 189_896, true],
    ["1898.96 CAD", "cad", 189_896, true],
    ["1898.96 USD", "cad", 189_896, false],
    ["1,898.96.1", "cad", 189_896, false],
    ["1898.9600", "cad", 189_896, false],
  ])("%j finds %s %d: %j", (typed, currency, amount_total, isFound) => {
    expect(finds(typed, { currency, amount_total })).toBe(isFound);
  });

  test("are found beside a name, as the franchisee's part, and as charged in another currency", () => {
    const payment = {
      name: "Bob",
      amount_total: 12_000,
      amount_franchisee_net: 11_000,
      stripe: { ...UNCHANGED, charged: { currency: "jpy", amount: 13_579 } },
    };
    const typed = ["bob 120", "bob 110.00", "13579 jpy", "bob 121", "ada 120"];
    expect(typed.map((text) => finds(text, payment))).toEqual([true, true, true, false, false]);
  });

  test("may also be the number of a workshop", () => {
    expect(finds("2026-11-14", { workshopId: "2026-11-14" })).toBe(true);
    expect(finds("1898", { workshopName: "Hall 1898" })).toBe(true);
    expect(finds("12 2026", { workshopName: "Rope 12, 2026" })).toBe(true);
  });
});

test("a long text is cut, and few of its conditions are queried", () => {
  const query = searchQuery("ab ".repeat(100_000));
  if (query.kind !== "text") throw new Error(query.kind);
  expect(query.conditions.length).toBe(100);
  expect(query.conditions.filter(({ anyOf }) => anyOf.length > 0).length).toBe(8);
});

test("a term is asked for that comes after many single digits", () => {
  const query = searchQuery("1, 2, 3, 4, 5, 6, 7, 8, 9, ada");
  if (query.kind !== "text") throw new Error(query.kind);
  expect(query.conditions.flatMap(({ anyOf }) => anyOf)).toEqual(["ada"]);
});

test("every word of a long text is checked", () => {
  const name = "ab cd ef gh ij kl mn op qr st";
  expect([finds(name, { name }), finds(`${name} uv`, { name })]).toEqual([true, false]);
});
