import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import firebase from "../../../firebase.json" with { type: "json" };
import { buildFunctions, buildPortal } from "./build.ts";
import { findFirestoreEmulator, requireJava } from "./firestore-emulator.ts";
import { FIREBASE_CLI, LOCAL, ROOT } from "../cli/paths.ts";
import { projectSettings } from "../cli/project-settings.ts";
import { ADDRESS, PROJECT_ID, requireFreePorts } from "../cli/ports.ts";
import { type Service, startService } from "./processes.ts";
import { ensureLocalSecrets } from "../cli/signing.ts";

const LOG_FILE = join(LOCAL, "emulators.log");

/** Builds functions and portal, then starts the Firebase emulators. Throws a CliError early if anything is missing. */
export async function startEmulators(): Promise<Service> {
  requireJava();
  const firestoreEmulator = findFirestoreEmulator();
  await requireFreePorts();
  ensureLocalSecrets();
  console.log("Building the functions …");
  buildFunctions();
  console.log("Building the portal …");
  buildPortal(PROJECT_ID);
  writeFileSync(join(ROOT, LOCAL_CONFIG), localConfig());
  console.log("Starting the Firebase emulators …");
  return startService({
    name: "The Firebase emulators",
    command: process.execPath,
    args: [
      FIREBASE_CLI,
      "emulators:start",
      "--config",
      LOCAL_CONFIG,
      "--project",
      PROJECT_ID,
      "--only",
      "functions,firestore,auth,hosting",
    ],
    cwd: ROOT,
    env: localEnvironment({
      FIRESTORE_EMULATOR_BINARY_PATH: firestoreEmulator,
      // Hides stack traces in responses of the emulators' web server.
      NODE_ENV: "production",
      // Without a limit, each of 50 simultaneous requests starts a process (firebase-tools, workQueue.ts and
      // functionsRuntimeWorker.ts), all of which then take too long to load.
      FUNCTIONS_EMULATOR_PARALLEL: "8",
    }),
    logFile: LOG_FILE,
    isReady: () => Promise.resolve(readFileSync(LOG_FILE, "utf8").includes("All emulators ready!")),
    readyWithinMs: 120_000,
  });
}

/** In the folder of firebase.json, because its paths are relative; never committed. */
const LOCAL_CONFIG = "firebase.local.json";

/** Allows the portal to reach the emulators, which the deployed Content-Security-Policy blocks. */
function localConfig(): string {
  const emulators = `http://${ADDRESS.firestore} http://${ADDRESS.auth}`;
  return JSON.stringify(firebase).replace("connect-src 'self'", `$& ${emulators}`);
}

/** The environment without access to real services. */
export function localEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { FIRESTORE_PROJECT_ID: _project, GOOGLE_APPLICATION_CREDENTIALS: _credentials, ...env } = process.env;
  return { ...env, METADATA_SERVER_DETECTION: "none", ...extra };
}

/** The environment of tests: this Firestore emulator and the local settings. */
export function testEnvironment(firestore: string): NodeJS.ProcessEnv {
  const { NODE_ENV: _environment, LOG_LEVEL: _level, ...settings } = projectSettings(PROJECT_ID);
  return {
    ...settings,
    GCLOUD_PROJECT: PROJECT_ID,
    FIRESTORE_EMULATOR_HOST: firestore,
    METADATA_SERVER_DETECTION: "none",
  };
}
