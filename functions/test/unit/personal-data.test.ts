import { Timestamp } from "firebase-admin/firestore";
import { allTexts, redactFields, personalTexts, referencesIn, workshopTexts } from "../../src/store/personal-data.ts";

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
  search: ["ad", "ada", "ce", "ced"],
};

test("who paid is found wherever it stands", () => {
  expect(personalTexts(current)).toEqual([
    "Ada",
    "ada@example.org",
    "Augusta",
    "ada@example.org",
    "604",
    "countess@example.org",
  ]);
});

test("what describes the workshop is found wherever it stands", () => {
  expect(workshopTexts({ before: current, organizationType: "school" })).toEqual(["Cedar rope", "w1", "school"]);
});

test("every text is found: values, names of fields, lists, bytes, paths of references", () => {
  const fields = { "ada@example.org": { in: ["a", 7, null, { b: "c" }] }, bytes: Buffer.from("d"), at: createdAt };
  const reference = new (class {
    path = "franchisees/ada";
  })();
  expect(allTexts({ ...fields, reference })).toEqual(
    "ada@example.org in a b c bytes d at reference franchisees/ada".split(" "),
  );
});

test("a document of nobody is the same otherwise, and found by its workshop alone", () => {
  const nobody = { name: null, email: null, phone: null };
  expect(redactFields(current, { personal: ["Ada", "Augusta"] })).toEqual({
    ...current,
    ...nobody,
    golden: { ...nobody, correction: "for [erased]" },
    resolution: { reason: "[erased] paid a cent", by: "Ada" },
    stripe: { details: nobody, refunds: [{ amount: 5 }] },
    search: ["ce", "ced", "ceda", "cedar", "ro", "rop", "rope", "w1"],
  });
});

test.each<[string, Record<string, unknown>, string[], object]>([
  [
    "the legacy service",
    { name: { first: "Ada" }, email: ["a@b"], phone: 604 },
    ["Ada", "a@b", "604"],
    { name: null, email: null, phone: null },
  ],
  [
    "one without a workshop's name",
    { name: "Ada", workshopName: 7, search: ["ada"] },
    ["Ada"],
    { name: null, workshopName: 7, search: [] },
  ],
  ["one whose reason is none", { reason: 7 }, [], { reason: 7 }],
  ["one that says nobody's name", { amount_total: 1 }, [], { amount_total: 1 }],
])("of %s: %j", (_what, fields, texts, left) => {
  expect(personalTexts(fields)).toEqual(texts);
  expect(redactFields(fields, { personal: [] })).toEqual(left);
});

test("there is nothing to find in what is no document", () => {
  expect([null, "Ada", createdAt].flatMap(personalTexts)).toEqual([]);
});

describe("a field of somebody else's", () => {
  const ADDRESS = "ada@example.org";
  const cleaned = (fields: Record<string, unknown>) => redactFields(fields, { personal: [ADDRESS], isMention: true });
  const bytes = (text: string, encoding: "utf8" | "latin1" = "utf8") => Buffer.from(text, encoding);

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["two names", { "ada@example.org": 1, "ADA@example.org": 2 }, { "[erased]": 1, "[erased] (2)": 2 }],
    [
      "names beside what stands there",
      { "[erased]": 0, "[erased] (2)": 1, "ada@example.org": 2, "Ada@Example.org": 3 },
      { "[erased]": 0, "[erased] (2)": 1, "[erased] (3)": 2, "[erased] (4)": 3 },
    ],
    [
      "names in a map of a list",
      { list: [{ "by ada@example.org": "a", "by Ada@example.org": "b" }] },
      { list: [{ "by [erased]": "a", "by [erased] (2)": "b" }] },
    ],
    ["bytes that are text", { raw: bytes("né: ada%40example.org") }, { raw: bytes("né: [erased]") }],
    [
      "bytes that are none",
      { raw: bytes("\xff\xd8 ada@example.org \xe9\x80", "latin1") },
      { raw: bytes("\xff\xd8 [erased] \xe9\x80", "latin1") },
    ],
    [
      "bytes of others",
      { raw: bytes("\xff nada@example.org", "latin1") },
      { raw: bytes("\xff nada@example.org", "latin1") },
    ],
  ])("keeps every value, and no address: %s", (_what, fields, left) => {
    expect(cleaned(fields)).toEqual(left);
    expect(cleaned(left)).toEqual(left);
  });

  it("has an address of other letters taken out of bytes that are no text", () => {
    const raw = Buffer.concat([Buffer.from([0xff]), Buffer.from(" zoë@example.org")]);
    const [left] = allTexts(redactFields({ raw }, { personal: ["zoë@example.org"], isMention: true })["raw"]);
    expect(left).toBe("\ufffd [erased]");
  });

  it("tells who paid by what it says, and not by what it is made of", () => {
    const reference = new (class {
      path = "notes/1";
      parent = this;
    })();
    expect(personalTexts({ name: bytes("Ada"), email: reference, phone: createdAt })).toEqual(["Ada", "notes/1"]);
  });

  it("may refer to other documents, wherever it stands", () => {
    const reference = new (class {
      path = "notes/1";
    })();
    expect(referencesIn({ to: reference, list: [{ a: reference }], path: "no", map: { path: "no" } })).toEqual([
      { field: "to", target: "notes/1" },
      { field: "list.0.a", target: "notes/1" },
    ]);
  });
});
