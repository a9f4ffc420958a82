import { readFileSync } from "node:fs";
import { join } from "node:path";
import { testEnvironment } from "../local/emulators.ts";
import { LOCAL, ROOT } from "../cli/paths.ts";
import { ADDRESS } from "../cli/ports.ts";
import { type Service, startService } from "../local/processes.ts";

const LOG_FILE = join(LOCAL, "world.log");

/** `npm start`, as a user runs it, until it says that it is ready; what it prints goes to a file. `env` points tests at it. */
export async function startLocalEnvironment(): Promise<Service & { env: NodeJS.ProcessEnv }> {
  const service = await startService({
    name: "npm start",
    command: "npm",
    args: ["start"],
    cwd: ROOT,
    logFile: LOG_FILE,
    isReady: () => Promise.resolve(readFileSync(LOG_FILE, "utf8").includes("Ctrl-C ends it.")),
    readyWithinMs: 300_000,
  });
  const env = {
    ...testEnvironment(ADDRESS.firestore),
    FIREBASE_AUTH_EMULATOR_HOST: ADDRESS.auth,
    WORLD_LOG: LOG_FILE,
    WORLD_PID: String(service.pid),
  };
  return { ...service, env };
}
