// Imported before anything else, it puts a proxy that makes calls fail, and counts them, between a test file and the Firestore emulator.
import { createServer } from "node:net";
import { Firestore } from "firebase-admin/firestore";
import { type FirestoreProxy, startFirestoreProxy } from "../../testing/firestore-proxy.ts";

/** Without the proxy. */
export const EMULATOR = process.env["FIRESTORE_EMULATOR_HOST"] ?? "";

/** What looks at the database for a test, and is not let down: a connection goes where the variable leads when it is made. */
const projectId = process.env["FIRESTORE_PROJECT_ID"] ?? process.env["GCLOUD_PROJECT"] ?? "";
export const direct = new Firestore({ projectId });

/** Whoever imports a connection to the database makes it at once, so its address has to be there before the proxy is. */
const port = portToBe();
process.env["FIRESTORE_EMULATOR_HOST"] = `127.0.0.1:${port}`;

export let proxy: FirestoreProxy;
beforeAll(async () => {
  proxy = await startFirestoreProxy(EMULATOR, { port });
});
afterAll(() => proxy.close());

/** A port that nobody is listening on, known at once. */
function portToBe(): number {
  const server = createServer().listen(0);
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("There is no port to be had.");
  return address.port;
}
