import { canonicalJson, compareTexts } from "../../src/domain/canonical-json.ts";

test.each<[string, object, string]>([
  ["its fields in order", { b: 1, a: 2, B: 3 }, '{"B":3,"a":2,"b":1}'],
  ["those of its parts too", { z: { b: 1, a: [{ d: 1, c: 2 }] } }, '{"z":{"a":[{"c":2,"d":1}],"b":1}}'],
  ["its lists as they are", { list: [2, null, "1", true] }, '{"list":[2,null,"1",true]}'],
  ["its times as ISO 8601", { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ["null, and nothing of what is undefined", { a: null, b: undefined }, '{"a":null}'],
])("one text for one content: %s", (_what, value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("texts come in one order, and each beside itself", () => {
  const texts = ["b", "a", "é", "Z", "aa", "", "a"];
  expect(texts.toSorted(compareTexts)).toEqual(["", "Z", "a", "a", "aa", "b", "é"]);
  expect(compareTexts("a", "a")).toBe(0);
});
