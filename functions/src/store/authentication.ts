import { type Auth, getAuth } from "firebase-admin/auth";
import { namedApp } from "./app.ts";

/** Firebase Auth of the project that the functions run in; Firestore may be in another. */
export function authentication(): Auth {
  return getAuth(namedApp("authentication", {}));
}
