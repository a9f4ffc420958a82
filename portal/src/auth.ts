/** Connects to Auth for the life of the page. */
import { type FirebaseOptions, initializeApp } from "firebase/app";
import {
  type Auth,
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
} from "firebase/auth";
import { AUTH_URL, OPTIONS } from "./firestore/emulators.ts";
import { textAt } from "./firestore/fields.ts";

/** Throws if Hosting does not provide the project's configuration. */
export async function openAuth(): Promise<Auth> {
  const app = initializeApp(await readOptions());
  // Without the pop-up code, which google-sign-in.ts loads on demand.
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
  if (PORTAL_IS_LOCAL) connectAuthEmulator(auth, AUTH_URL, { disableWarnings: true });
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
