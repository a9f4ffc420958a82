import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LOCAL, ROOT } from "../cli/paths.ts";
import { ADDRESS } from "../cli/ports.ts";
import { main, newProgram } from "../cli/program.ts";
import { testEnvironment } from "../local/emulators.ts";
import { startService, withServices } from "../local/processes.ts";
import { startBrowser } from "./browser.ts";
import { type Counts, printCounts, requireCleanSources, runSimulations, runTests } from "./run-tests.ts";

const LOG_FILE = join(LOCAL, "local-environment.log");

/** An emulator of a test lives for a minute or two: a thorough compiler would cost more than it saves. */
const QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

const checks = newProgram("checks", "Checks and tests. Words limit the tests to those whose path holds one.");
checks
  .command("check")
  .description("npm run check: format, spelling, lint, types and unit tests; no emulator.")
  .argument("[word...]")
  .action(async (words) => {
    await requireCleanSources();
    printCounts(await runTests(["unit"], words));
  });
checks
  .command("test")
  .description("npm test: everything.")
  .argument("[word...]")
  .action((words) =>
    withServices(async () => {
      process.env["JAVA_TOOL_OPTIONS"] ??= QUICK_JAVA;
      // Tests of the local environment wait a lot; the rest runs beside them. If one lane fails, the other still ends.
      const lanes = [testLocalEnvironment(words), testAlone(words)] as const;
      await Promise.allSettled(lanes);
      printCounts(...(await Promise.all(lanes)).flat());
    }),
  );
checks
  .command("portal")
  .description("npm run test:portal: the portal's tests alone.")
  .argument("[word...]")
  .action((words) =>
    withServices(async () => printCounts(...(await inPortal(async (env) => [await testPortal(words, env)])))),
  );

await main(checks);

function testLocalEnvironment(words: readonly string[]): Promise<Counts[]> {
  return inPortal(async (env) => [
    await runTests(["local-environment"], words, { env }),
    await runTests(["emulator", "rules"], words, { env }),
    await testPortal(words, env),
    await runTests(["local-environment-end"], words, { env }),
  ]);
}

/** What needs no emulator, or a Firestore of its own. */
async function testAlone(words: readonly string[]): Promise<Counts[]> {
  await requireCleanSources();
  const alone = { show: "afterwards", workers: 2 } as const;
  return [await runTests(["unit"], words, alone), await runSimulations(words, alone)];
}

/** Runs `test` with the local environment and a Chromium. */
async function inPortal(test: (env: NodeJS.ProcessEnv) => Promise<Counts[]>): Promise<Counts[]> {
  // First, so that a missing browser is reported at once.
  const browser = await startBrowser();
  try {
    return await test({ ...(await startLocalEnvironment()), PORTAL_BROWSER_ENDPOINT: browser.wsEndpoint() });
  } finally {
    await browser.close();
  }
}

/** More at a time would take longer, and distort what they measure. */
function testPortal(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Counts> {
  return runTests(["portal"], words, { env, workers: 2 });
}

/** Runs `npm start` as a user does, until it is ready. Returns what points tests at it. */
async function startLocalEnvironment(): Promise<NodeJS.ProcessEnv> {
  const service = await startService({
    name: "npm start",
    command: "npm",
    args: ["start"],
    cwd: ROOT,
    logFile: LOG_FILE,
    isReady: () => Promise.resolve(readFileSync(LOG_FILE, "utf8").includes("Ctrl-C ends it.")),
    readyWithinMs: 300_000,
  });
  return {
    ...testEnvironment(ADDRESS.firestore),
    FIREBASE_AUTH_EMULATOR_HOST: ADDRESS.auth,
    LOCAL_ENVIRONMENT_LOG: LOG_FILE,
    LOCAL_ENVIRONMENT_PID: String(service.pid),
  };
}
