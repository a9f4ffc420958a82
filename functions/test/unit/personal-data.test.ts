import { Timestamp } from "firebase-admin/firestore";
import { allTexts, fieldsWithoutPerson, personalTexts, workshopTexts } from "../../src/store/personal-data.ts";

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
  expect(fieldsWithoutPerson(current, ["Ada", "Augusta"])).toEqual({
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
  expect(fieldsWithoutPerson(fields, [])).toEqual(left);
});

test("there is nothing to find in what is no document", () => {
  expect([null, "Ada", createdAt].flatMap(personalTexts)).toEqual([]);
});
