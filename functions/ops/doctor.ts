import { ADDRESS, isFree, portOf } from "../tools/cli/ports.ts";
import { CliError } from "../tools/cli/cli-error.ts";
import { examples } from "../tools/cli/program.ts";
import { printable, printJson, withProgress } from "../tools/cli/terminal.ts";
import { projectSettings } from "../tools/cli/project-settings.ts";
import { localSecrets } from "../tools/cli/signing.ts";
import type { Project } from "./doctor/check.ts";
import { type CheckReport, runChecks } from "./doctor/run-checks.ts";
import { readSecrets, secretsIn } from "./doctor/secrets.ts";
import { JSON_OPTION, type Ops, PORTAL_OPTION, portalOf } from "./command.ts";
import { applicationDefault, connectGoogle, type Google } from "./google.ts";

export function addDoctor(ops: Ops): void {
  ops
    .command("doctor")
    .summary("Check a project, and list each problem with its remedy.")
    .description(
      "Check a project, and list each problem with its remedy. Changes nothing and prints no secrets. Checks settings, " +
        "secrets, the permissions of Stripe's key, webhook endpoints, rules, indexes, deployed functions and their runtime, " +
        "sign-up, claims, syncs, events, daily closes, erasures, exceptions, backups, alerts and the budget; reads every transaction. Exit code 1 if there is a problem.",
    )
    .option(...PORTAL_OPTION)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- doctor --portal https://portal.example.com --project my-project"))
    .action(async ({ json }, command) => {
      const options = command.optsWithGlobals();
      const id = process.env["GCLOUD_PROJECT"] ?? "";
      const google = options.local === true ? null : connectGoogle(await applicationDefault());
      if (!google) await requireLocalEnvironment();
      const project = await readProject(id, google, portalOf(options));
      const reports = await withProgress("Checking", "[{bar}] {title}", (bar) =>
        runChecks(project, (done, title) => bar.update(done, { title })),
      );
      report(reports, json === true);
    });
}

/** Otherwise every check would time out. */
async function requireLocalEnvironment(): Promise<void> {
  const { FIRESTORE_EMULATOR_HOST: firestore = ADDRESS.firestore } = process.env;
  if (await isFree(portOf(firestore)))
    throw new CliError("The local environment is not running. Start it with npm start.");
}

/** `google` is null for the local environment. */
export async function readProject(id: string, google: Google | null, portal: URL): Promise<Project> {
  const target = google ? `--project ${id}` : "--local";
  const secrets = google ? await readSecrets(google, id) : secretsIn(localSecrets());
  return { id, target, settings: projectSettings(id), secrets, google, portal, now: new Date() };
}

/** Throws a CliError if there is a finding. */
function report(reports: readonly CheckReport[], isJson: boolean): void {
  const count = reports.reduce((sum, one) => sum + ("findings" in one ? one.findings.length : 0), 0);
  if (isJson) printJson(reports);
  for (const one of isJson ? [] : reports) {
    if ("notChecked" in one) {
      console.log(`${one.title}: not checked: ${printable(one.notChecked)}`);
      continue;
    }
    const { title, findings, notes = [] } = one;
    console.log(`${title}: ${findings.length === 0 ? "OK" : counted(findings.length)}`);
    for (const { problem, remedy } of findings) console.log(`  ${printable(problem)}\n    → ${printable(remedy)}`);
    for (const note of notes) console.log(`  (${printable(note)})`);
  }
  if (count > 0) throw new CliError(`${counted(count)} found.`);
  if (!isJson) console.log("All checks passed.");
}

function counted(problems: number): string {
  return problems === 1 ? "1 problem" : `${problems} problems`;
}
