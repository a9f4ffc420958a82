/** Used in the local environment only (`npm start`): builds for a project leave it out. */
import { type Auth, connectAuthEmulator } from "firebase/auth";
import { connectFirestoreEmulator, type Firestore } from "firebase/firestore";
import { emulators } from "../../../firebase.json";

export const OPTIONS = { projectId: "demo-moon-portal", apiKey: "any", authDomain: location.host };

export function connectToAuthEmulator(auth: Auth): void {
  connectAuthEmulator(auth, `http://${emulators.auth.host}:${emulators.auth.port}`, { disableWarnings: true });
}

export function connectToFirestoreEmulator(database: Firestore): void {
  connectFirestoreEmulator(database, emulators.firestore.host, emulators.firestore.port);
}
