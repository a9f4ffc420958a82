// Imported before anything else, it puts a proxy that makes calls fail, and counts them, between a test file and the Firestore emulator.
import { createServer } from "node:net";
import { type FirestoreProxy, startFirestoreProxy } from "../../dev/firestore-proxy.ts";

/** Without the proxy. */
export const EMULATOR = process.env["FIRESTORE_EMULATOR_HOST"] ?? "";

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
