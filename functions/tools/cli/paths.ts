import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** The folder that deploys; the project's root is the one above. */
export const FUNCTIONS = join(import.meta.dirname, "../..");
export const ROOT = join(FUNCTIONS, "..");
export const PORTAL = join(ROOT, "portal");

/** Where the local environment keeps its logs and what it makes; never committed. */
export const LOCAL = join(ROOT, ".local");
mkdirSync(LOCAL, { recursive: true });

export const FIREBASE_CLI = join(ROOT, "node_modules/firebase-tools/lib/bin/firebase.js");
