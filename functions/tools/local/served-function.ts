import { join } from "node:path";
import { CliError } from "../cli/cli-error.ts";
import { localEnvironment } from "./emulators.ts";
import { FUNCTIONS, LOCAL } from "../cli/paths.ts";
import { projectSettings } from "../cli/project-settings.ts";
import { freePort, isFree, PROJECT_ID } from "../cli/ports.ts";
import { type Service, startService } from "./processes.ts";
import { ensureLocalSecrets, localSecrets } from "../cli/signing.ts";

export interface ServedFunction extends Service {
  url: string;
  logFile: string;
}

interface ServingOptions {
  source?: string;
  env?: NodeJS.ProcessEnv;
  /** Default: whether it listens. */
  isReady?: (url: string) => Promise<boolean>;
  pollMs?: number;
}

/** Serves one function with the framework of Cloud Run. */
export async function serveFunction(
  target: string,
  firestoreAddress: string,
  options: ServingOptions = {},
): Promise<ServedFunction> {
  for (;;) {
    try {
      return await serveOn(await freePort(), target, firestoreAddress, options);
    } catch (error) {
      // Another process took the port.
      if (!(error instanceof CliError) || !error.message.includes("EADDRINUSE")) throw error;
    }
  }
}

async function serveOn(
  port: number,
  target: string,
  firestoreAddress: string,
  { source = FUNCTIONS, env = {}, isReady = async () => !(await isFree(port)), ...rest }: ServingOptions,
): Promise<ServedFunction> {
  ensureLocalSecrets();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(LOCAL, `function-${target}-${port}.log`);
  const service = await startService({
    name: `The function ${target}`,
    command: process.execPath,
    args: [
      join(FUNCTIONS, "node_modules/@google-cloud/functions-framework/build/src/main.js"),
      `--source=${source}`,
      `--port=${port}`,
    ],
    cwd: FUNCTIONS,
    env: localEnvironment({
      ...projectSettings(PROJECT_ID),
      ...localSecrets(),
      ...env,
      FUNCTION_TARGET: target,
      GCLOUD_PROJECT: PROJECT_ID,
      FIRESTORE_EMULATOR_HOST: firestoreAddress,
    }),
    logFile,
    isReady: () => isReady(url),
    readyWithinMs: 120_000,
    ...rest,
  });
  return { ...service, url, logFile };
}
