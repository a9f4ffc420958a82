// npm run deployment: rehearses a deployment as far as that goes without Google, and compares what would be deployed with docs/deployed.json.
import { isDeepStrictEqual, parseArgs } from "node:util";
import { buildFunctions } from "../local/build.ts";
import { type Deployed, readDeployed, writeDeployed } from "../../ops/deployed.ts";
import { describeDeployment } from "./deployed.ts";
import { defaultProject, rehearse } from "./rehearsal.ts";
import { setUpCommands } from "./set-up.ts";
import { CliError, runCommand } from "../cli/cli-error.ts";

const USAGE = `What would be deployed.

  npm run deployment [-- --project ID]                        rehearses it, and compares it with docs/deployed.json
  npm run deployment -- --write                               makes docs/deployed.json say it
  npm run --silent deployment -- --set-up --project ID        the gcloud commands that make a project ready for it`;

await runCommand(async () => {
  const { write, setUp, project } = read();
  if (setUp) {
    console.log(setUpCommands(readDeployed(), project).join("\n"));
    return;
  }
  buildFunctions();
  const rehearsal = await rehearse(project);
  const deployed = describeDeployment(rehearsal);
  if (write) writeDeployed(deployed);
  compare(deployed);
  console.log(
    `${rehearsal.files.length} files would be uploaded; they install and load without what is for development. ` +
      `They are ${Object.keys(deployed.functions).length} functions, as docs/deployed.json says.`,
  );
});

function compare(deployed: Deployed): void {
  if (isDeepStrictEqual(deployed, readDeployed())) return;
  console.log(JSON.stringify(deployed, null, 2));
  throw new CliError(
    "This is not what docs/deployed.json says. If it is meant, `npm run deployment -- --write` writes it down.",
  );
}

function read(): { write: boolean; setUp: boolean; project: string } {
  try {
    const { values } = parseArgs({
      options: { write: { type: "boolean" }, "set-up": { type: "boolean" }, project: { type: "string" } },
    });
    const setUp = values["set-up"] ?? false;
    const { write = false, project = setUp ? "" : defaultProject() } = values;
    if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project)) throw new Error("Say which project is meant: --project ID.");
    return { write, setUp, project };
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), `\n${USAGE}`);
  }
}
