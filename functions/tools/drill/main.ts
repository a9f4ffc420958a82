import { join } from "node:path";
import { Drill } from "./drill.ts";
import { type DrillSize, seedLedger } from "./seed.ts";
import { CliError, runCommand } from "../cli/cli-error.ts";
import { requireJava } from "../local/firestore-emulator.ts";
import { LOCAL } from "../cli/paths.ts";
import { withServices } from "../local/processes.ts";

const SIZE: DrillSize = { franchisees: 5, payments: 1_000, days: 60 };
const MAX_SHOWN = 20;

await runCommand(() => {
  requireJava();
  return withServices(run);
});

async function run(): Promise<void> {
  const drill = await Drill.begin(join(LOCAL, "drill"));
  console.log("Filling a Firestore emulator …");
  await seedLedger(SIZE);
  const before = await drill.everything();
  const full = await drill.findings(before);
  if (full.wrong.length > 0) throw new CliError("It was wrong before the backup:", excerpt(full.wrong));
  const { documents, transactions, franchisees, closes } = full;
  console.log(
    `There are ${documents} documents: ${transactions} payments and ${closes} closes of ${franchisees} franchisees.`,
  );

  await drill.backUp();
  console.log("They were exported.");
  await drill.wipe();
  const left = (await drill.everything()).size;
  if (left > 0) throw new CliError(`Of the documents that were wiped, ${left} are there.`);
  console.log("They were wiped: nothing is there.");
  await drill.restore();
  console.log("The export was imported.");

  const restored = await drill.findings(before);
  if (restored.wrong.length > 0)
    throw new CliError("What was restored is not what was there:", excerpt(restored.wrong));
  console.log(`All ${restored.documents} documents are what they were, to the last digit.`);
  console.log(
    `The totals of ${restored.franchisees} franchisees are what their ${restored.transactions} payments come to.`,
  );
  console.log(`The chains of ${restored.closes} closes hold, and every day is as it was closed.`);
}

function excerpt(wrong: readonly string[]): string {
  const rest = wrong.length > MAX_SHOWN ? [`… and ${wrong.length - MAX_SHOWN} more`] : [];
  return [...wrong.slice(0, MAX_SHOWN), ...rest].map((line) => `  ${line}`).join("\n");
}
