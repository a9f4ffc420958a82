import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { CliError } from "../cli/cli-error.ts";
import { FUNCTIONS, LOCAL, PORTAL, ROOT } from "../cli/paths.ts";
import { testEnvironment } from "../local/emulators.ts";
import { requireJava, startFirestoreAlone } from "../local/firestore-emulator.ts";

/** Programs of packages, for this Node. (The files in .bin are batch files on Windows.) */
const PRETTIER = join(ROOT, "node_modules/prettier/bin/prettier.cjs");
const CSPELL = join(ROOT, "node_modules/cspell/bin.mjs");
const OXLINT = join(ROOT, "node_modules/oxlint/bin/oxlint");
const TSC = join(FUNCTIONS, "node_modules/typescript/bin/tsc");

/** Checks format, spelling, lint and types of the whole project. Throws a CliError at the first failure. */
export async function requireCleanSources(): Promise<void> {
  const steps: [name: string, args: string[], cwd: string][] = [
    [
      "format",
      [PRETTIER, "--check", "--log-level=warn", "--cache", "--cache-location", join(LOCAL, "prettier"), "."],
      ROOT,
    ],
    ["spelling", [CSPELL, "lint", "--no-progress", "--no-summary"], ROOT],
    ["lint", [OXLINT, "--type-aware", "--deny-warnings", "--quiet"], ROOT],
    ["types", [TSC, "--noEmit"], FUNCTIONS],
    ["types of the portal", [TSC, "--noEmit"], PORTAL],
    ["types of its build", [TSC, "--noEmit", "-p", "tsconfig.vite.json"], PORTAL],
    ["types of its tests", [TSC, "--noEmit"], join(FUNCTIONS, "test/portal")],
  ];
  for (const [name, args, cwd] of steps) {
    console.log(`· ${name}`);
    const check = spawn(process.execPath, args, { cwd, stdio: "inherit" });
    await once(check, "close");
    if (check.exitCode !== 0) throw new CliError(`The ${name} check failed.`);
  }
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const resultsSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
});

export interface TestOptions {
  env?: NodeJS.ProcessEnv;
  /** `failures`: print only failed runs. */
  show?: "live" | "afterwards" | "failures";
  /** Default: more than processors, because tests wait for the emulators a third of the time. */
  workers?: number;
}

/** Runs Jest projects; words select paths. A file that fails to load counts as a failed test. */
export async function runTests(
  projects: readonly string[],
  args: readonly string[],
  { env = {}, show = "live", workers = Math.ceil(1.5 * availableParallelism()) }: TestOptions = {},
): Promise<Counts> {
  const results = join(LOCAL, `tests-${projects.join("-")}.json`);
  rmSync(results, { force: true });
  const jest = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      join(FUNCTIONS, "node_modules/jest/bin/jest.js"),
      "--json",
      `--outputFile=${results}`,
      `--maxWorkers=${workers}`,
      ...(args.length > 0 ? ["--passWithNoTests"] : []),
      "--selectProjects",
      ...projects,
      "--",
      ...args,
    ],
    {
      cwd: FUNCTIONS,
      // With --json, Jest reports on standard error.
      stdio: ["ignore", "ignore", show === "live" ? "inherit" : "pipe"],
      env: { ...process.env, ...env },
    },
  );
  let report = "";
  jest.stderr?.on("data", (chunk) => (report += String(chunk)));
  await once(jest, "close");
  if (show !== "failures" || jest.exitCode !== 0) process.stderr.write(report);

  const counts = resultsSchema.parse(JSON.parse(readFileSync(results, "utf8")));
  const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
  if (jest.exitCode !== 0 && failed === 0) throw new CliError(`Jest exited with code ${jest.exitCode}.`);
  return { passed: counts.numPassedTests, failed, skipped: counts.numPendingTests + counts.numTodoTests };
}

/** Runs test/simulation with its own Firestore emulator (sizes: `test/support/size.ts`). */
export async function runSimulations(
  args: readonly string[],
  { env = {}, ...options }: TestOptions = {},
): Promise<Counts> {
  requireJava();
  const firestore = await startFirestoreAlone();
  try {
    return await runTests(["simulation"], args, { env: { ...testEnvironment(firestore.address), ...env }, ...options });
  } finally {
    await firestore.stop();
  }
}

/** Sets exit code 1 if a test failed or was skipped, or none ran. */
export function printCounts(...runs: Counts[]): void {
  const sum = (key: keyof Counts): number => runs.reduce((total, run) => total + run[key], 0);
  const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("skipped")];
  console.log(`\nTests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  if (failed > 0 || skipped > 0 || passed === 0) process.exitCode = 1;
}
