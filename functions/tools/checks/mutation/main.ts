import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { PROJECT_ID } from "../../cli/ports.ts";
import { examples, main, newProgram } from "../../cli/program.ts";
import { mutateRules } from "./rules.ts";
import { FUNCTIONS, LOCAL } from "../../cli/paths.ts";
import { withServices } from "../../local/processes.ts";

const OUTPUT = join(LOCAL, "mutation");
/** The authentication files of src/http. */
const AUTH = ["auth", "id-token", "signing-keys", "signature", "stripe-signature"];
const RULES = "firestore.rules";

const mutation = newProgram(
  "npm run mutation --",
  "Mutation tests: make small changes to src/domain, authentication and firestore.rules, and list those that no test detects.",
)
  .argument("[file...]", `Files, or lines of them, or ${RULES}; default: all.`)
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
  // A mutated token check must not reach real services.
  Object.assign(process.env, { GCLOUD_PROJECT: PROJECT_ID, METADATA_SERVER_DETECTION: "none" });
  // Stryker copies, mutates and tests this folder.
  process.chdir(FUNCTIONS);
  const subjects = [...readdirSync("src/domain").map((file) => basename(file, ".ts")), ...AUTH];
  const stryker = new Stryker({
    mutate:
      files.length > 0 ? files : ["src/domain/*.ts", `src/http/{${AUTH.join(",")}}.ts`, "src/store/authentication.ts"],
    testRunner: "jest",
    plugins: ["@stryker-mutator/jest-runner"],
    jest: {
      config: {
        // The unit tests named after a mutated file. Property tests are slow and random, so they are excluded; the copy
        // does not contain the document that money-vectors reads.
        projects: [],
        testMatch: [`<rootDir>/test/unit/{${subjects.join(",")}}?(-*).test.ts`, "!**/money-vectors.test.ts"],
        transform: { "\\.ts$": "@swc/jest" },
      },
    },
    coverageAnalysis: "perTest",
    // High, because a busy machine is slow; Stryker stops endless loops by their iterations.
    timeoutMS: 60_000,
    // Jest leaks memory with every run.
    maxTestRunnerReuse: 40,
    // Stryker rewrites it with a compiler API that TypeScript 7 lacks; no test needs it.
    ignorePatterns: ["tsconfig.json"],
    tempDirName: join(OUTPUT, "sandbox"),
    incremental: true,
    // Stryker does not detect new tests of code that runs on load; naming the file forces a run.
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
