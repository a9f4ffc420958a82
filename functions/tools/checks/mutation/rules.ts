import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../../cli/cli-error.ts";
import { requireJava, startFirestoreAlone } from "../../local/firestore-emulator.ts";
import { ROOT } from "../../cli/paths.ts";
import { freePort } from "../../cli/ports.ts";
import { mutantsOf } from "./rule-mutants.ts";

/** Runs the rules' checks on firestore.rules with one change at a time. Throws a CliError where no check fails. */
export async function mutateRules(): Promise<void> {
  requireJava();
  const port = await freePort();
  const emulator = await startFirestoreAlone(port);
  // The checks read it on load.
  process.env["FIRESTORE_EMULATOR_HOST"] = `127.0.0.1:${port}`;
  const { browserOf, CHECKS, openEmulator, principals } = await import("../../../test/rules/checks.ts");
  const { readExpressions } = await import("../../../test/rules/coverage.ts");

  const rules = readFileSync(join(ROOT, "firestore.rules"), "utf8");
  const environment = await openEmulator(rules);
  try {
    const browsers = principals.map((principal) => [principal, browserOf(principal, environment)] as const);
    const unchanged = await firstBroken();
    if (unchanged !== undefined) throw new CliError(`The tests of the rules fail without a change: ${unchanged}`);

    const mutants = mutantsOf(rules, await readExpressions());
    const survivors: string[] = [];
    for (const { line, change, rules: changed } of mutants) {
      await openEmulator(changed);
      const broken = await firstBroken();
      console.log(`line ${line}: ${change}\n  ${broken === undefined ? "SURVIVED" : `noticed by: ${broken}`}`);
      if (broken === undefined) survivors.push(`line ${line}: ${change}`);
    }
    console.log(`\nfirestore.rules: ${mutants.length - survivors.length} of ${mutants.length} changes noticed`);
    if (survivors.length > 0) throw new CliError("No test of the rules notices", survivors.join("\n"));

    /** The first check that fails under the emulator's rules. */
    async function firstBroken(): Promise<string | undefined> {
      for (const { what, holds } of CHECKS) {
        const made = await Promise.allSettled(browsers.map(([principal, database]) => holds(principal, database)));
        const index = made.findIndex(({ status }) => status === "rejected");
        if (index >= 0) return `${principals[index]} ${what}`;
      }
      return undefined;
    }
  } finally {
    await environment.cleanup();
    await emulator.stop();
  }
}
