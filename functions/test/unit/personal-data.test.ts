import { Timestamp } from "firebase-admin/firestore";
import { allTexts, redactFields, personalTexts, referencesIn, workshopTexts } from "../../src/store/personal-data.ts";

// cspell:ignore ceda examp exampl grac

const createdAt = new Timestamp(1_763_000_000, 123_456_000);
const current = {
  name: "Ada",
  email: " ada@example.org ",
  phone: null,
  workshopName: "Cedar rope",
  workshopId: "w1",
  createdAt,
  golden: { name: "Augusta", email: "ada@example.org", phone: "604", correction: "for Augusta" },
  stripe: { details: { name: null, email: "countess@example.org", phone: "" }, refunds: [{ amount: 5 }] },
  resolution: { reason: "Ada paid a cent", by: "Ada" },
  currency: "cad",
  amount_total: 1_050,
  search: ["=ada@example.org", "#0100", "ad", "ada", "ce", "ced"],
};

test("customer data are found in every field", () => {
  expect(personalTexts(current)).toEqual([
    "Ada",
    "ada@example.org",
    "Augusta",
    "ada@example.org",
    "604",
    "countess@example.org",
  ]);
});

test("workshop texts are found in every field", () => {
  expect(workshopTexts({ before: current, organizationType: "school" })).toEqual(["Cedar rope", "w1", "school"]);
});

test("every text is found: values, field names, lists, bytes, paths of references", () => {
  const fields = { "ada@example.org": { in: ["a", 7, null, { b: "c" }] }, bytes: Buffer.from("d"), at: createdAt };
  const reference = new (class {
    path = "franchisees/ada";
  })();
  expect(allTexts({ ...fields, reference })).toEqual(
    "ada@example.org in a b c bytes d at reference franchisees/ada".split(" "),
  );
});

test("a redacted document is otherwise unchanged, and found by its workshop only", () => {
  const redacted = { name: null, email: null, phone: null };
  expect(redactFields(current, { personal: ["Ada", "Augusta"] })).toEqual({
    ...current,
    ...redacted,
    golden: { ...redacted, correction: "for [erased]" },
    resolution: { reason: "[erased] paid a cent", by: "Ada" },
    stripe: { details: redacted, refunds: [{ amount: 5 }] },
    search: ["%cad", "$10.5", "$10", "ce", "ced", "ceda", "cedar", "ro", "rop", "rope", "w1"],
  });
});

test.each<[string, Record<string, unknown>, string[], object]>([
  [
    "a legacy document",
    { name: { first: "Ada" }, email: ["a@b"], phone: 604 },
    ["Ada", "a@b", "604"],
    { name: null, email: null, phone: null },
  ],
  [
    "a document without a workshop name",
    { name: "Ada", workshopName: 7, search: ["ada"] },
    ["Ada"],
    { name: null, workshopName: 7, search: [] },
  ],
  ["a document whose reason is not text", { reason: 7 }, [], { reason: 7 }],
  ["a document without customer data", { amount_total: 1 }, [], { amount_total: 1 }],
])("in %s, customer data are found and removed: %j", (_what, fields, texts, left) => {
  expect(personalTexts(fields)).toEqual(texts);
  expect(redactFields(fields, { personal: [] })).toEqual(left);
});

test("a document that only mentions a customer keeps its own customer's search terms", () => {
  const other = { name: "Grace", email: "g@example.org", phone: "604 555 0199", workshopName: "For Ada", search: [] };
  const { search } = redactFields(other, { personal: ["Ada"], isMention: true });
  expect(search).toEqual(
    ["=g@example.org", "#0199", "gr", "gra", "grac", "grace", "ex", "exa", "exam", "examp", "exampl", "example"].concat(
      ["or", "org", "fo", "for", "er", "era", "eras", "erase", "erased"],
    ),
  );
});

test("values that are not documents have no customer data", () => {
  expect([null, "Ada", createdAt].flatMap(personalTexts)).toEqual([]);
});

describe("a field of another customer's document", () => {
  const ADDRESS = "ada@example.org";
  const cleaned = (fields: Record<string, unknown>) => redactFields(fields, { personal: [ADDRESS], isMention: true });
  const bytes = (text: string, encoding: "utf8" | "latin1" = "utf8") => Buffer.from(text, encoding);

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["two names", { "ada@example.org": 1, "ADA@example.org": 2 }, { "[erased]": 1, "[erased] (2)": 2 }],
    [
      "names beside existing placeholders",
      { "[erased]": 0, "[erased] (2)": 1, "ada@example.org": 2, "Ada@Example.org": 3 },
      { "[erased]": 0, "[erased] (2)": 1, "[erased] (3)": 2, "[erased] (4)": 3 },
    ],
    [
      "names in a map in a list",
      { list: [{ "by ada@example.org": "a", "by Ada@example.org": "b" }] },
      { list: [{ "by [erased]": "a", "by [erased] (2)": "b" }] },
    ],
    ["bytes that are text", { raw: bytes("né: ada%40example.org") }, { raw: bytes("né: [erased]") }],
    [
      "bytes that are not text",
      { raw: bytes("\xff\xd8 ada@example.org \xe9\x80", "latin1") },
      { raw: bytes("\xff\xd8 [erased] \xe9\x80", "latin1") },
    ],
    [
      "bytes without the address",
      { raw: bytes("\xff nada@example.org", "latin1") },
      { raw: bytes("\xff nada@example.org", "latin1") },
    ],
  ])("keeps every value, and no address: %s", (_what, fields, left) => {
    expect(cleaned(fields)).toEqual(left);
    expect(cleaned(left)).toEqual(left);
  });

  it("loses an address with non-ASCII letters from bytes that are not text", () => {
    const raw = Buffer.concat([Buffer.from([0xff]), Buffer.from(" zoë@example.org")]);
    const [left] = allTexts(redactFields({ raw }, { personal: ["zoë@example.org"], isMention: true })["raw"]);
    expect(left).toBe("\ufffd [erased]");
  });

  it("has customer data in its text, not in its internal structure", () => {
    const reference = new (class {
      path = "notes/1";
      parent = this;
    })();
    expect(personalTexts({ name: bytes("Ada"), email: reference, phone: createdAt })).toEqual(["Ada", "notes/1"]);
  });

  it("may refer to other documents, at any depth", () => {
    const reference = new (class {
      path = "notes/1";
    })();
    expect(referencesIn({ to: reference, list: [{ a: reference }], path: "no", map: { path: "no" } })).toEqual([
      { field: "to", target: "notes/1" },
      { field: "list.0.a", target: "notes/1" },
    ]);
  });
});
