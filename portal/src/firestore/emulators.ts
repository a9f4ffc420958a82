/** The local world (`npm start`): emulators in place of Firebase. Loaded there alone. */
import { type Auth, connectAuthEmulator } from "firebase/auth";
import { connectFirestoreEmulator, type Firestore } from "firebase/firestore";
import { emulators } from "../../../firebase.json";

export { DEMO_LOGINS } from "../demo-logins.ts";

export const OPTIONS = { projectId: "demo-moon-portal", apiKey: "any", authDomain: location.host };

export function useAuthEmulator(auth: Auth): void {
  connectAuthEmulator(auth, `http://${emulators.auth.host}:${emulators.auth.port}`, { disableWarnings: true });
}

export function useFirestoreEmulator(database: Firestore): void {
  connectFirestoreEmulator(database, emulators.firestore.host, emulators.firestore.port);
}
