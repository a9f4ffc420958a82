import { join } from "node:path";
import { localEnvironment, PROJECT_ID } from "./emulators.ts";
import { FUNCTIONS, LOCAL } from "./paths.ts";
import { freePort, isFree } from "./ports.ts";
import { type Service, startService } from "./processes.ts";
import { projectSettings } from "./settings.ts";
import { ensureLocalSecrets, localSecrets } from "./signing.ts";

/** A function served alone, by the framework that serves it on Cloud Run, on a Firestore emulator at this address. */
export async function serveFunction(
  target: string,
  firestoreAddress: string,
  { source = FUNCTIONS, env = {} }: { source?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Service & { url: string; logFile: string }> {
  ensureLocalSecrets();
  const port = await freePort();
  const logFile = join(LOCAL, `function-${target}-${port}.log`);
  const service = await startService({
    name: `The function ${target}`,
    command: process.execPath,
    args: [
      join(FUNCTIONS, "node_modules/@google-cloud/functions-framework/build/src/main.js"),
      `--source=${source}`,
      `--target=${target}`,
      `--port=${port}`,
    ],
    cwd: FUNCTIONS,
    env: localEnvironment({
      ...projectSettings(PROJECT_ID),
      ...localSecrets(),
      ...env,
      GCLOUD_PROJECT: PROJECT_ID,
      FIRESTORE_EMULATOR_HOST: firestoreAddress,
    }),
    logFile,
    isReady: async () => !(await isFree(port)),
    readyWithinMs: 30_000,
  });
  return { ...service, url: `http://127.0.0.1:${port}`, logFile };
}
