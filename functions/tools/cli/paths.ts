import { mkdirSync } from "node:fs";
import { join } from "node:path";

export const FUNCTIONS = join(import.meta.dirname, "../..");
export const ROOT = join(FUNCTIONS, "..");
export const PORTAL = join(ROOT, "portal");
/** Only the packages of the Node that everything runs on. */
export const NODE = join(ROOT, "node");

/** Logs and other local output; never committed. */
export const LOCAL = join(ROOT, ".local");
mkdirSync(LOCAL, { recursive: true });

export const FIREBASE_CLI = join(ROOT, "node_modules/firebase-tools/lib/bin/firebase.js");
