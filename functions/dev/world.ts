import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LOCAL, ROOT } from "./paths.ts";
import { type Service, startService } from "./processes.ts";

const LOG_FILE = join(LOCAL, "world.log");

/** `npm start`, as a user runs it, until it says that it is ready; what it prints goes to a file. */
export async function startWorld(): Promise<Service & { logFile: string }> {
  const service = await startService({
    name: "npm start",
    command: "npm",
    args: ["start"],
    cwd: ROOT,
    logFile: LOG_FILE,
    isReady: () => Promise.resolve(readFileSync(LOG_FILE, "utf8").includes("Ctrl-C ends it.")),
    readyWithinMs: 300_000,
  });
  return { ...service, logFile: LOG_FILE };
}
