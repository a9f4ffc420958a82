/** Connects to Firestore while a user is signed in. */
import { getApp } from "firebase/app";
import {
  connectFirestoreEmulator,
  type Firestore,
  initializeFirestore,
  memoryLocalCache,
  setLogLevel,
  terminate,
} from "firebase/firestore";
import { FIRESTORE } from "./emulators.ts";

let database: Firestore | undefined;

/** Opens Firestore for the user who has just signed in. It caches in memory only. */
export async function openDatabase(): Promise<Firestore> {
  await closeDatabase();
  // The page shows a lost connection.
  setLogLevel("error");
  database = initializeFirestore(getApp(), { localCache: memoryLocalCache() });
  if (PORTAL_IS_LOCAL) connectFirestoreEmulator(database, FIRESTORE.host, FIRESTORE.port);
  return database;
}

/** Ends every listener and clears the cache. */
export async function closeDatabase(): Promise<void> {
  const open = database;
  database = undefined;
  if (open) await terminate(open);
}
