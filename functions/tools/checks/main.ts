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

/** Emulators live a minute or two in tests, too short for an optimizing compiler to pay off. */
const QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

const checks = newProgram("checks", "Checks and tests. Words select tests by path.");
checks
  .command("check")
  .description("npm run check: format, spelling, lint, types and unit tests; no emulator.")
  .argument("[word...]")
  .action(async (words) => {
    if (words.length === 0) await requireCleanSources();
    printCounts(await runTests(["unit"], words));
  });
checks
  .command("test")
  .description("npm test: everything.")
  .argument("[word...]")
  .action((words) =>
    withServices(async () => {
      process.env["JAVA_TOOL_OPTIONS"] ??= QUICK_JAVA;
      const sources = words.length === 0 ? requireCleanSources() : Promise.resolve();
      // It is awaited after the first tests.
      sources.catch(() => undefined);
      printCounts(...(await withBrowser((browser) => testAll(words, browser, sources))));
    }),
  );
checks
  .command("portal")
  .description("npm run test:portal: the portal's tests alone.")
  .argument("[word...]")
  .action((words) => withServices(async () => printCounts(...(await withBrowser((it) => testPortal(words, it))))));

await main(checks);

/** `sources` is the check of the sources. */
async function testAll(
  words: readonly string[],
  browser: NodeJS.ProcessEnv,
  sources: Promise<void>,
): Promise<Counts[]> {
  const others = await inLocalEnvironment(browser, async (env) => {
    const start = await runTests(["local-environment"], words, { env });
    await sources;
    // Tests with the emulators mostly wait, so others run in parallel. A failure does not stop the other lane.
    const lanes = [runTests(["emulator", "rules"], words, { env }), testIndependent(words)] as const;
    await Promise.allSettled(lanes);
    // A few tests need no environment of their own.
    const portal = words.length > 0 ? [await runTests(["portal"], words, { env })] : [];
    return [
      start,
      ...(await Promise.all(lanes)).flat(),
      ...portal,
      await runTests(["local-environment-end"], words, { env }),
    ];
  });
  // The Firestore emulator has no indexes, and gets slow after thousands of tests, even if it is emptied.
  return words.length > 0 ? others : [...others, ...(await testPortal(words, browser))];
}

function testPortal(words: readonly string[], browser: NodeJS.ProcessEnv): Promise<Counts[]> {
  return inLocalEnvironment(browser, async (env) => [await runTests(["portal"], words, { env })]);
}

/** Tests without the local environment. */
async function testIndependent(words: readonly string[]): Promise<Counts[]> {
  const options = { show: "afterwards", workers: 2 } as const;
  return [await runTests(["unit"], words, options), await runSimulations(words, options)];
}

/** Runs `test` with Chromium. */
async function withBrowser(test: (env: NodeJS.ProcessEnv) => Promise<Counts[]>): Promise<Counts[]> {
  // First, to report a missing browser early.
  const browser = await startBrowser();
  try {
    return await test({ PORTAL_BROWSER_ENDPOINT: browser.wsEndpoint() });
  } finally {
    await browser.close();
  }
}

/** Runs `npm start` until it is ready, then `test`, with an environment for tests, and stops it. */
async function inLocalEnvironment(
  browser: NodeJS.ProcessEnv,
  test: (env: NodeJS.ProcessEnv) => Promise<Counts[]>,
): Promise<Counts[]> {
  const service = await startService({
    name: "npm start",
    command: "npm",
    args: ["start"],
    cwd: ROOT,
    logFile: LOG_FILE,
    isReady: () => Promise.resolve(readFileSync(LOG_FILE, "utf8").includes("Press Ctrl-C to stop.")),
    readyWithinMs: 300_000,
  });
  const counts = await test({
    ...browser,
    ...testEnvironment(ADDRESS.firestore),
    FIREBASE_AUTH_EMULATOR_HOST: ADDRESS.auth,
    LOCAL_ENVIRONMENT_LOG: LOG_FILE,
    LOCAL_ENVIRONMENT_PID: String(service.pid),
  });
  await service.stop();
  return counts;
}
