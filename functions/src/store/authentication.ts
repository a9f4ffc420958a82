import { type Auth, getAuth } from "firebase-admin/auth";
import { namedApp } from "./app.ts";

/** Firebase Auth of the project that the functions run in, even if Firestore is in another project. */
export function authentication(): Auth {
  return getAuth(namedApp("authentication", {}));
}
