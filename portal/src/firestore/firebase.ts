/** Connects to Auth for the life of the page, and to Firestore while a user is signed in. */
import { type FirebaseApp, type FirebaseOptions, initializeApp } from "firebase/app";
import { type Auth, browserLocalPersistence, indexedDBLocalPersistence, initializeAuth } from "firebase/auth";
import { type Firestore, initializeFirestore, memoryLocalCache, setLogLevel, terminate } from "firebase/firestore";
import { connectToAuthEmulator, connectToFirestoreEmulator, OPTIONS } from "./emulators.ts";
import { textAt } from "./fields.ts";

let app: FirebaseApp | undefined;
let database: Firestore | undefined;

/** Throws if Hosting does not provide the project's configuration. */
export async function openAuth(): Promise<Auth> {
  // The page shows a lost connection.
  setLogLevel("error");
  app = initializeApp(await readOptions());
  // Without the pop-up code, which google-sign-in.ts loads on demand.
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
  if (PORTAL_IS_LOCAL) connectToAuthEmulator(auth);
  return auth;
}

async function readOptions(): Promise<FirebaseOptions> {
  if (PORTAL_IS_LOCAL) return OPTIONS;
  const response = await fetch("/__/firebase/init.json");
  if (!response.ok) throw new Error(`/__/firebase/init.json: ${response.status}`);
  const body: unknown = await response.json();
  const text = (name: string): string => textAt(body, name) ?? "";
  return { apiKey: text("apiKey"), appId: text("appId"), authDomain: text("authDomain"), projectId: text("projectId") };
}

/** Opens Firestore for the user who has just signed in. It caches in memory only. */
export async function openDatabase(): Promise<Firestore> {
  if (!app) throw new Error("Call openAuth() first.");
  await closeDatabase();
  database = initializeFirestore(app, { localCache: memoryLocalCache() });
  if (PORTAL_IS_LOCAL) connectToFirestoreEmulator(database);
  return database;
}

/** Ends every listener and clears the cache. */
export async function closeDatabase(): Promise<void> {
  const open = database;
  database = undefined;
  if (open) await terminate(open);
}
