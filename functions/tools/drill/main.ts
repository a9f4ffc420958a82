import { join } from "node:path";
import { Drill } from "./drill.ts";
import { type DrillSize, seedLedger } from "./seed.ts";
import { CliError } from "../cli/cli-error.ts";
import { main, newProgram } from "../cli/program.ts";
import { requireJava } from "../local/firestore-emulator.ts";
import { LOCAL } from "../cli/paths.ts";
import { withServices } from "../local/processes.ts";

const SIZE: DrillSize = { franchisees: 5, payments: 1_000, days: 60 };
const MAX_SHOWN = 20;

const drillProgram = newProgram(
  "npm run drill --",
  "Rehearse a restore: export a seeded Firestore emulator, wipe it, import, and compare. Exit code 0: identical; 1: not.",
).action(async () => {
  requireJava();
  await withServices(run);
});

async function run(): Promise<void> {
  const drill = await Drill.begin(join(LOCAL, "drill"));
  console.log("Seeding a Firestore emulator …");
  await seedLedger(SIZE);
  const before = await drill.everything();
  const full = await drill.findings(before);
  if (full.wrong.length > 0) throw new CliError("The data was wrong before the backup:", excerpt(full.wrong));
  const { documents, transactions, franchisees, closes } = full;
  console.log(`${documents} documents: ${transactions} payments and ${closes} closes of ${franchisees} franchisees.`);

  await drill.backUp();
  console.log("Exported.");
  await drill.wipe();
  const left = (await drill.everything()).size;
  if (left > 0) throw new CliError(`${left} documents are left after the wipe.`);
  console.log("Wiped: no documents are left.");
  await drill.restore();
  console.log("Imported.");

  const restored = await drill.findings(before);
  if (restored.wrong.length > 0) throw new CliError("The restored data differs:", excerpt(restored.wrong));
  console.log(`All ${restored.documents} documents are identical.`);
  console.log(`The totals of ${restored.franchisees} franchisees match their ${restored.transactions} payments.`);
  console.log(`The hash chains of ${restored.closes} closes are valid, and every day matches its close.`);
}

function excerpt(wrong: readonly string[]): string {
  const rest = wrong.length > MAX_SHOWN ? [`… and ${wrong.length - MAX_SHOWN} more`] : [];
  return [...wrong.slice(0, MAX_SHOWN), ...rest].map((line) => `  ${line}`).join("\n");
}

await main(drillProgram);
