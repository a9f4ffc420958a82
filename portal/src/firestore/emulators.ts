/** Used in the local environment only (`npm start`): builds for a project leave it out. */
import { emulators } from "../../../firebase.json";

export const OPTIONS = { projectId: "demo-moon-portal", apiKey: "any", authDomain: location.host };

export const AUTH_URL = `http://${emulators.auth.host}:${emulators.auth.port}`;

export const FIRESTORE = emulators.firestore;
