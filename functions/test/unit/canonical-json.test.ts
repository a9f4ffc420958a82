import { canonicalJson, compareTexts } from "../../src/domain/canonical-json.ts";

test.each<[string, object, string]>([
  ["sorted fields", { b: 1, a: 2, B: 3 }, '{"B":3,"a":2,"b":1}'],
  ["sorted fields of nested objects", { z: { b: 1, a: [{ d: 1, c: 2 }] } }, '{"z":{"a":[{"c":2,"d":1}],"b":1}}'],
  ["lists in their order", { list: [2, null, "1", true] }, '{"list":[2,null,"1",true]}'],
  ["times as ISO 8601", { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ["null, but no undefined fields", { a: null, b: undefined }, '{"a":null}'],
])("equal content has equal text: %s", (_what, value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("texts are sorted by code unit, and equal texts compare as equal", () => {
  const texts = ["b", "a", "é", "Z", "aa", "", "a"];
  expect(texts.toSorted(compareTexts)).toEqual(["", "Z", "a", "a", "aa", "b", "é"]);
  expect(compareTexts("a", "a")).toBe(0);
});
