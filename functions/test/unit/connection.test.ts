import { createRequire } from "node:module";

test("the Firestore SDK loads the google-gax that is a dependency of ours", () => {
  const own = createRequire(import.meta.url);
  const admin = createRequire(own.resolve("firebase-admin"));
  const sdk = createRequire(admin.resolve("@google-cloud/firestore"));
  expect(sdk.resolve("google-gax")).toBe(own.resolve("google-gax"));
});
