import { Timestamp } from "firebase-admin/firestore";
import { documentBytes } from "../../tools/bench/storage.ts";

// https://firebase.google.com/docs/firestore/storage-size: a text has a byte more than its UTF-8, a name 16 more.
test("a document's bytes include its name, its fields and both entries of each field", () => {
  // Name: (2 + 3) + 16 = 21. Fields: (5 + 8) + (5 + 9) = 27. Document: 21 + 27 + 32 = 80.
  // Entries: 2 × (21 + 5 + 8 + 32) + 2 × (21 + 5 + 9 + 32) = 132 + 134 = 266.
  expect(documentBytes("a/id", { when: Timestamp.fromMillis(0), type: "Personal" })).toBe(80 + 266);
});

test("an array has one entry for each element, a map those of its fields; entries name the parent", () => {
  // Parent: (2 + 2) + 16 = 20. Name: (2 + 2 + 2 + 2) + 16 = 24. Fields: 2 + 8 + 8, 2 + (2 + 1). 24 + 18 + 5 + 32 = 79.
  // Entries: 2 × (24 + 20 + 2 + 8 + 32) + 2 × (24 + 20 + 4 + 1 + 32) = 172 + 162 = 334.
  expect(documentBytes("a/b/c/d", { n: [1, 2], m: { x: true } })).toBe(79 + 334);
});

test("exempted fields have no entries, composite indexes one for each element", () => {
  // Name: (12 + 2 + 13 + 2) + 16 = 45, parent (12 + 2) + 16 = 30. Fields: (7 + 2 + 2) + (10 + 8) = 29.
  // Document: 45 + 29 + 32 = 106.
  // createdAt: 2 × (45 + 30 + 10 + 8 + 32) = 250. search with createdAt, in the collection and in the group:
  // 2 elements × (45 + 30 + 8 + 32) + 4 = 234, and 2 × (45 + 8 + 32) + 4 = 174.
  const data = { search: ["a", "b"], createdAt: Timestamp.fromMillis(0) };
  expect(documentBytes("franchisees/a/transactions/b", data)).toBe(106 + 250 + 234 + 174);
});
