import { createHash } from "node:crypto";
import { Timestamp } from "firebase-admin/firestore";
import { decodeCursor, encodeCursor } from "../../src/store/cursor.ts";

const position = { key: new Timestamp(1_763_000_000, 123_456_000), id: "pi_1" };
const cursor = encodeCursor(position, "acct_1");

it("returns to its position, to the nanosecond", () => {
  expect(decodeCursor(cursor, "acct_1")).toEqual(position);
});

it.each([
  ["a number", 12.5],
  ["a text", "x"],
  ["false", false],
  ["only an id", null],
])("returns to a position by %s", (_what, key) => {
  expect(decodeCursor(encodeCursor({ key, id: "acct_1" }, "all"), "all")).toEqual({ key, id: "acct_1" });
});

it("is valid for one list only", () => {
  expect(() => decodeCursor(cursor, "acct_2")).toThrow("The cursor is not valid.");
});

it("is refused if any character is changed, added or removed", () => {
  for (let at = 0; at <= cursor.length; at += 1) {
    for (const piece of ["", "A", "z", "=", "é"]) {
      const changed = cursor.slice(0, at) + piece + cursor.slice(at + 1);
      if (changed !== cursor) expect(() => decodeCursor(changed, "acct_1")).toThrow("The cursor is not valid.");
    }
  }
});

it.each([
  ["an id with a slash", { ...position, id: "a/b" }],
  ["an id that refers to a parent folder", { ...position, id: ".." }],
  ["a reserved id", { ...position, id: "__x__" }],
])("is refused with %s, even if its checksum is right", (_what, forged) => {
  expect(() => decodeCursor(encodeCursor(forged, "acct_1"), "acct_1")).toThrow("The cursor is not valid.");
});

it("is refused with a time beyond Firestore's range, even if its checksum is right", () => {
  const payload = (seconds: number): string => {
    const sum = createHash("sha256")
      .update(JSON.stringify([seconds, 0, "pi_1", "acct_1"]))
      .digest("base64url");
    return Buffer.from(JSON.stringify([seconds, 0, "pi_1", sum.slice(0, 12)])).toString("base64url");
  };
  expect(decodeCursor(payload(0), "acct_1").id).toBe("pi_1");
  expect(() => decodeCursor(payload(10 ** 12), "acct_1")).toThrow("The cursor is not valid.");
});

it.each(["", "null", "W10", "%00", "x".repeat(10_000)])("is never %j", (text) => {
  expect(() => decodeCursor(text, "acct_1")).toThrow("The cursor is not valid.");
});
