import { ADDRESS, isFree, portOf } from "../tools/cli/ports.ts";
import { CliError } from "../tools/cli/cli-error.ts";
import { printable } from "../tools/cli/terminal.ts";
import { projectSettings } from "../tools/cli/project-settings.ts";
import { localSecrets } from "../tools/cli/signing.ts";
import type { Project } from "./doctor/check.ts";
import { runChecks, type CheckReport } from "./doctor/run-checks.ts";
import { readSecrets, secretsIn } from "./doctor/secrets.ts";
import { type Command, portalOf, TARGET_USAGE } from "./command.ts";
import { applicationDefault, connectGoogle, type Google } from "./google.ts";

const USAGE = `Looks at a project, says what is wrong, and what to do about it. It changes nothing.

  npm run doctor -- [--portal https://portal.example.com]

  --portal     where Hosting serves the portal, if that is a domain of your own

It looks at the settings, the secrets, the permissions of Stripe's key, its webhook endpoints, Firestore's indexes, the deployed functions, who may sign up, the claims of
users, the last sync, Stripe's events, the daily closes, erasures and exceptions; of these it reads every transaction. Exit code 1 where something is wrong. Nothing of a secret is shown.

${TARGET_USAGE}`;

export const doctor: Command = {
  usage: USAGE,
  options: { portal: { type: "string" } },
  run: async (positionals, options) => {
    if (positionals.length > 0) throw new CliError("", USAGE);
    const portal = portalOf(options);
    const id = process.env["GCLOUD_PROJECT"] ?? "";
    const google = options["local"] === true ? null : connectGoogle(await applicationDefault());
    if (!google) await requireLocalWorld();
    const project = google ? await realProject(id, google, portal) : localProject(id, portal);
    report(await runChecks(project));
  },
};

/** Without it every check would wait for an answer that does not come. */
async function requireLocalWorld(): Promise<void> {
  const { FIRESTORE_EMULATOR_HOST: firestore = ADDRESS.firestore } = process.env;
  if (await isFree(portOf(firestore))) throw new CliError("There is no local world running. Start it with npm start.");
}

function localProject(id: string, portal: URL): Project {
  const common = { id, settings: projectSettings(id), portal, now: new Date() };
  return { ...common, target: "--local", secrets: secretsIn(localSecrets()), google: null };
}

/** Reads the secrets of a project of Google's. */
export async function realProject(
  id: string,
  google: Google,
  portal = new URL(`https://${id}.web.app`),
): Promise<Project> {
  const common = { id, settings: projectSettings(id), portal, now: new Date() };
  return { ...common, target: `--project ${id}`, secrets: await readSecrets(google, id), google };
}

/** Prints what was found. Throws a CliError where anything is wrong. */
function report(examinations: readonly CheckReport[]): void {
  let count = 0;
  for (const examination of examinations) {
    if ("notChecked" in examination) {
      console.log(`${examination.title}: not checked here: ${printable(examination.notChecked)}`);
      continue;
    }
    const { title, findings, notes = [] } = examination;
    count += findings.length;
    console.log(`${title}: ${findings.length === 0 ? "in order" : `${findings.length} wrong`}`);
    for (const { problem, remedy } of findings) console.log(`  ${printable(problem)}\n    → ${printable(remedy)}`);
    for (const note of notes) console.log(`  (${printable(note)})`);
  }
  if (count > 0) throw new CliError(count === 1 ? "One thing is wrong." : `${count} things are wrong.`);
  console.log("Nothing that was checked is wrong.");
}
