/** The connections to Firebase: Auth for as long as the page lives, Firestore for as long as somebody is signed in. */
import { type FirebaseApp, type FirebaseOptions, initializeApp } from "firebase/app";
import { type Auth, browserLocalPersistence, indexedDBLocalPersistence, initializeAuth } from "firebase/auth";
import { type Firestore, initializeFirestore, memoryLocalCache, setLogLevel, terminate } from "firebase/firestore";
import { textAt } from "./fields.ts";

/** By vite.config.ts: a build for a real project does not hold what is for the local world. */
declare const PORTAL_IS_LOCAL: boolean;

/** Whether this is the local world, where everything is an emulator. */
export const IS_LOCAL = PORTAL_IS_LOCAL;

let app: FirebaseApp | undefined;
let database: Firestore | undefined;

/** Connects to Firebase Auth. Throws where Hosting does not tell the project. */
export async function connect(): Promise<Auth> {
  // What it tells of a lost connection, the page says better.
  setLogLevel("error");
  app = initializeApp(await readOptions());
  // Without the popup's code: it is loaded with the first sign-in by Google (google.ts).
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
  if (IS_LOCAL) (await import("./emulators.ts")).useAuthEmulator(auth);
  return auth;
}

async function readOptions(): Promise<FirebaseOptions> {
  if (IS_LOCAL) return (await import("./emulators.ts")).OPTIONS;
  const response = await fetch("/__/firebase/init.json");
  if (!response.ok) throw new Error(`/__/firebase/init.json: ${response.status}`);
  const told: unknown = await response.json();
  const text = (name: string): string => textAt(told, name) ?? "";
  return { apiKey: text("apiKey"), appId: text("appId"), authDomain: text("authDomain"), projectId: text("projectId") };
}

/** Firestore for the user who has just signed in. It keeps nothing beyond this page. */
export async function openDatabase(): Promise<Firestore> {
  if (!app) throw new Error("connect() comes first.");
  await closeDatabase();
  database = initializeFirestore(app, { localCache: memoryLocalCache() });
  if (IS_LOCAL) (await import("./emulators.ts")).useFirestoreEmulator(database);
  return database;
}

/** Ends every listener, and forgets what they have read. */
export async function closeDatabase(): Promise<void> {
  const open = database;
  database = undefined;
  if (open) await terminate(open);
}
