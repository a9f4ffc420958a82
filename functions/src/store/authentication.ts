import { type Auth, getAuth, type UserRecord } from "firebase-admin/auth";
import { namedApp } from "./app.ts";

/** Firebase Auth of the project that the functions run in; Firestore may be in another. */
export function authentication(): Auth {
  return getAuth(namedApp("authentication", {}));
}

/** Costs a request per thousand users. Throws an error of Firebase Auth. */
export async function* allUsers(): AsyncGenerator<UserRecord> {
  let pageToken: string | undefined;
  do {
    const page = await authentication().listUsers(1000, pageToken);
    yield* page.users;
    ({ pageToken } = page);
  } while (pageToken !== undefined);
}
