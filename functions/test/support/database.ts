import { randomBytes } from "node:crypto";
import { Firestore } from "firebase-admin/firestore";
import { type FirestoreProxy, startFirestoreProxy } from "../../testing/firestore-proxy.ts";
import { firestore } from "../../src/store/connection.ts";

/** Gives this test file its own project, so that a sync of the platform sees no other file's franchisees or state. */
export function isolateDatabase(): void {
  process.env["FIRESTORE_PROJECT_ID"] = `demo-${randomBytes(6).toString("hex")}`;
}

let connection: Firestore | undefined;

/** The emulator's database: through the store's connection, or past the proxy if there is one. */
export function database(): Firestore {
  return connection ?? firestore();
}

/**
 * Puts a proxy that counts calls and makes them fail between the store and the emulator. Start it before the store
 * first connects. With `isBypassed`, `database()` does not use the proxy.
 */
export async function startDatabaseProxy({ isBypassed = false } = {}): Promise<FirestoreProxy> {
  const emulator = process.env["FIRESTORE_EMULATOR_HOST"] ?? "";
  if (isBypassed) {
    const projectId = process.env["FIRESTORE_PROJECT_ID"] ?? process.env["GCLOUD_PROJECT"] ?? "";
    // A connection uses the address that is in the environment when it is created.
    connection = new Firestore({ projectId });
  }
  const proxy = await startFirestoreProxy(emulator);
  process.env["FIRESTORE_EMULATOR_HOST"] = proxy.address;
  return proxy;
}

export function transactionsOf(franchiseeId: string) {
  return database().collection(`franchisees/${franchiseeId}/transactions`);
}

export async function revisionsOf(franchiseeId: string, paymentId: string) {
  const { docs } = await transactionsOf(franchiseeId).doc(paymentId).collection("revisions").orderBy("revision").get();
  return docs.map((document) => document.data());
}
