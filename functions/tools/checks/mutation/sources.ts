import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { FUNCTIONS, LOCAL } from "../../cli/paths.ts";
import { PROJECT_ID } from "../../cli/ports.ts";

const OUTPUT = join(LOCAL, "mutation");
const DOMAIN = "src/domain";
const AUTHENTICATION = [
  "src/http/auth.ts",
  "src/http/id-token.ts",
  "src/http/signing-keys.ts",
  "src/http/signature.ts",
  "src/http/stripe-signature.ts",
  "src/store/authentication.ts",
];

/** Besides the tests named after it, those that test a file through another one. */
const OTHER_TESTS: Readonly<Record<string, readonly string[]>> = {
  auth: ["id-token"],
  authentication: ["auth", "id-token"],
  currencies: ["money", "golden-record"],
  observation: ["decide"],
  payment: ["stripe-vocabulary"],
  "payment-details": ["golden-record", "erasure", "projection"],
  payout: ["decide-payout", "stripe-vocabulary"],
  "personal-text": ["text-decoders"],
  "reconciliation-exception": ["decide-resolution"],
  "reversal-statuses": ["stripe-vocabulary"],
  "stripe-event": ["stripe-vocabulary"],
  "stripe-snapshot": ["decide-stripe", "stripe-vocabulary"],
  "text-decoders": ["personal-text"],
  totals: ["revenue"],
  transaction: ["decide", "projection", "revenue"],
};

/** Files with a cache: Stryker would run only the tests that fill it. */
const CACHING: ReadonlySet<string> = new Set(["calendar", "personal-text", "signing-keys"]);

/**
 * Mutates these files, or lines of them (`file:86-109`), one file after the other, so that each mutant, also one that
 * takes effect on load, runs the tests of its file only. Stryker adds the results to those of the other files.
 */
export async function mutateSources(selected: readonly string[]): Promise<void> {
  // A mutated token check must not reach real services.
  Object.assign(process.env, { GCLOUD_PROJECT: PROJECT_ID, METADATA_SERVER_DETECTION: "none" });
  // Stryker copies, mutates and tests this folder.
  process.chdir(FUNCTIONS);
  const all = [...readdirSync(DOMAIN).map((file) => `${DOMAIN}/${file}`), ...AUTHENTICATION];
  const files = selected.length > 0 ? selected : all;
  for (const [index, file] of files.entries()) {
    const isLast = index === files.length - 1;
    const subject = basename(file.replace(/:.*/, ""), ".ts");
    const stryker = new Stryker({
      mutate: [file],
      testRunner: "jest",
      plugins: ["@stryker-mutator/jest-runner"],
      jest: {
        config: {
          // Property tests are slow and random; the copy does not contain the document that money-vectors reads.
          projects: [],
          testMatch: [
            `<rootDir>/test/unit/{${[subject, ...(OTHER_TESTS[subject] ?? [])].join(",")},}?(-*).test.ts`,
            "!**/money-vectors.test.ts",
          ],
          transform: { "\\.ts$": "@swc/jest" },
        },
        enableFindRelatedTests: false,
      },
      coverageAnalysis: CACHING.has(subject) ? "all" : "perTest",
      // High, because a busy machine is slow; Stryker stops endless loops by their iterations.
      timeoutMS: 10_000,
      // Jest leaks memory with every run.
      maxTestRunnerReuse: 100,
      // Stryker rewrites it with a compiler API that TypeScript 7 lacks; no test needs it.
      ignorePatterns: ["tsconfig.json"],
      tempDirName: join(OUTPUT, "sandbox"),
      incremental: true,
      // Stryker does not detect new tests of code that runs on load; naming the file forces a run.
      force: selected.length > 0,
      incrementalFile: join(OUTPUT, "results.json"),
      reporters: isLast ? ["clear-text", "progress", "html", "json"] : ["progress"],
      clearTextReporter: { reportTests: false },
      allowConsoleColors: process.stdout.isTTY,
      htmlReporter: { fileName: join(OUTPUT, "report.html") },
      jsonReporter: { fileName: join(OUTPUT, "report.json") },
      // Of all files.
      thresholds: { high: 98, low: 95, break: isLast ? 95 : null },
    });
    await stryker.runMutationTest();
  }
}
