import { type Auth, getAuth } from "firebase-admin/auth";
import { namedApp } from "./app.ts";

/** Firebase Auth of the project that the functions run in, where the users are wherever the data is. */
export function authentication(): Auth {
  return getAuth(namedApp("authentication", {}));
}
