import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { PROJECT_ID } from "../../cli/ports.ts";
import { examples, main, newProgram } from "../../cli/program.ts";
import { mutateRules } from "./rules.ts";
import { FUNCTIONS, LOCAL } from "../../cli/paths.ts";
import { withServices } from "../../local/processes.ts";

const OUTPUT = join(LOCAL, "mutation");
/** Authentication, in src/http. */
const AUTH = ["auth", "id-token", "signing-keys", "signature", "stripe-signature"];
const RULES = "firestore.rules";

const mutation = newProgram(
  "npm run mutation --",
  "Change src/domain, authentication and firestore.rules in small ways, one at a time, and list the changes that no test notices.",
)
  .argument("[file...]", `The files to change, or lines of them, or ${RULES}; default: all.`)
  .addHelpText("after", examples("npm run mutation -- src/domain/decide.ts:86-109", `npm run mutation -- ${RULES}`))
  .action(async (files) => {
    const sources = files.filter((file) => file !== RULES);
    await withServices(async () => {
      if (files.length === 0 || sources.length > 0) await mutateSources(sources);
      if (files.length === 0 || files.includes(RULES)) await mutateRules();
    });
  });

await main(mutation);

async function mutateSources(files: string[]): Promise<void> {
  // A changed token check must not reach anything real.
  Object.assign(process.env, { GCLOUD_PROJECT: PROJECT_ID, METADATA_SERVER_DETECTION: "none" });
  // Stryker copies, changes and tests what is below here.
  process.chdir(FUNCTIONS);
  const subjects = [...readdirSync("src/domain").map((file) => basename(file, ".ts")), ...AUTH];
  const stryker = new Stryker({
    mutate:
      files.length > 0 ? files : ["src/domain/*.ts", `src/http/{${AUTH.join(",")}}.ts`, "src/store/authentication.ts"],
    testRunner: "jest",
    plugins: ["@stryker-mutator/jest-runner"],
    jest: {
      config: {
        // The unit tests named after a changed file, without property tests: each takes seconds, and its luck varies.
        projects: [],
        testMatch: [`<rootDir>/test/unit/{${subjects.join(",")}}?(-*).test.ts`],
        transform: { "\\.ts$": "@swc/jest" },
      },
    },
    coverageAnalysis: "perTest",
    // On a busy machine a slow run proves nothing; a loop is stopped by its number of rounds.
    timeoutMS: 60_000,
    // Jest grows with every run in one process.
    maxTestRunnerReuse: 40,
    // Stryker would rewrite it by a compiler API that TypeScript 7 lacks; no test needs it.
    ignorePatterns: ["tsconfig.json"],
    tempDirName: join(OUTPUT, "sandbox"),
    incremental: true,
    // A new test of code that runs on load does not make Stryker look there again: naming the file does.
    force: files.length > 0,
    incrementalFile: join(OUTPUT, "results.json"),
    reporters: ["clear-text", "progress", "html", "json"],
    clearTextReporter: { reportTests: false },
    allowConsoleColors: process.stdout.isTTY,
    htmlReporter: { fileName: join(OUTPUT, "report.html") },
    jsonReporter: { fileName: join(OUTPUT, "report.json") },
    thresholds: { high: 98, low: 95, break: 95 },
  });
  await stryker.runMutationTest();
}
