import { createRequire } from "node:module";
import { getApps } from "firebase-admin/app";
import { selectProject } from "../../ops/command.ts";
import { firestore, firestoreApi } from "../../src/store/connection.ts";

test("the Firestore SDK loads the google-gax that is a dependency of ours", () => {
  const own = createRequire(import.meta.url);
  const admin = createRequire(own.resolve("firebase-admin"));
  const sdk = createRequire(admin.resolve("@google-cloud/firestore"));
  expect(sdk.resolve("google-gax")).toBe(own.resolve("google-gax"));
});

test("reads and commits go to the project that an operator names, whatever the shell names", async () => {
  Object.assign(process.env, { GOOGLE_CLOUD_PROJECT: "demo-shell", GCLOUD_PROJECT: "demo-other" });
  selectProject({ project: "demo-named" });
  process.env["FIRESTORE_EMULATOR_HOST"] = "127.0.0.1:1";
  firestore();
  expect(getApps().map(({ options }) => options.projectId)).toEqual(["demo-named"]);
  expect((await firestoreApi()).database).toBe("projects/demo-named/databases/(default)");
});
