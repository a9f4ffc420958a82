import { isDeepStrictEqual } from "node:util";
import { buildFunctions } from "../local/build.ts";
import { type Deployed, readDeployed, writeDeployed } from "../../ops/deployed.ts";
import { describeDeployment } from "./deployed.ts";
import { defaultProject, rehearse } from "./rehearsal.ts";
import { BUDGET, setUpCommands } from "./set-up.ts";
import { CliError } from "../cli/cli-error.ts";
import { examples, main, newProgram, projectId, wholeNumber } from "../cli/program.ts";
import { requireSettings } from "../cli/project-settings.ts";

const deployment = newProgram(
  "npm run deployment --",
  "Rehearse a deployment without Google, and compare it with docs/deployed.json. Exit code 1 if they differ.",
)
  .option("--write", "Write docs/deployed.json.")
  .option("--set-up", "Print the gcloud commands that prepare a project instead; needs --project.")
  .option(
    "--budget <amount>",
    "With --set-up: the monthly budget, in the billing account's currency.",
    wholeNumber(1),
    BUDGET,
  )
  .option("--project <id>", "The project; default: that of .firebaserc.", projectId)
  .addHelpText("after", examples("npm run deployment", "npm run --silent deployment -- --set-up --project my-project"))
  .action(async ({ write, setUp, budget, project }) => {
    if (setUp === true) {
      if (project === undefined) throw new CliError("Name the project: --project ID.");
      console.log(setUpCommands(readDeployed(), project, budget).join("\n"));
      return;
    }
    requireSettings(project ?? defaultProject());
    buildFunctions();
    console.log("Rehearsing the deployment …");
    const rehearsal = await rehearse(project ?? defaultProject());
    const deployed = describeDeployment(rehearsal);
    if (write === true) writeDeployed(deployed);
    compare(deployed);
    console.log(
      `${rehearsal.files.length} files would be uploaded; they install and load without development dependencies. ` +
        `The ${Object.keys(deployed.functions).length} functions match docs/deployed.json.`,
    );
  });

await main(deployment);

function compare(deployed: Deployed): void {
  if (isDeepStrictEqual(deployed, readDeployed())) return;
  console.log(JSON.stringify(deployed, null, 2));
  throw new CliError("docs/deployed.json differs. If the change is intended, run npm run deployment -- --write");
}
