import { getApps } from "firebase-admin/app";
import { authentication } from "../../src/store/authentication.ts";
import { firestore } from "../../src/store/connection.ts";

test("data are stored in the project that FIRESTORE_PROJECT_ID names, whichever project is used first", () => {
  process.env["FIRESTORE_PROJECT_ID"] = "demo-other";
  authentication();
  firestore();
  const projects = getApps().map(({ name, options }) => [name, options.projectId]);
  expect(Object.fromEntries(projects)).toMatchObject({ database: "demo-other" });
  expect(projects).not.toContainEqual(["authentication", "demo-other"]);
});
