// npm run bench: figures beside their baselines, all in one run. Nothing asserts them: machines differ, and are shared. Without words
// after `--` it writes docs/benchmarks.md; with words it measures what they name.
import { benchCost } from "./cost.ts";
import { benchLoad } from "./load.ts";
import { benchMixed } from "./mixed.ts";
import { benchProfile } from "./profile.ts";
import { benchRecord } from "./record.ts";
import { Report } from "./report.ts";
import { benchRevenue } from "./revenue.ts";
import { benchSync } from "./sync.ts";
import { benchWebhook } from "./webhook.ts";
import { buildFunctions } from "../local/build.ts";
import { CliError, runCommand } from "../cli/cli-error.ts";
import { requireJava } from "../local/firestore-emulator.ts";
import { stopServices, stopServicesOnSignals } from "../local/processes.ts";

const BENCHES = new Map<string, (report: Report) => Promise<void> | void>([
  ["cost", benchCost],
  ["load", benchLoad],
  ["record", benchRecord],
  ["mixed", benchMixed],
  ["profile", benchProfile],
  ["revenue", benchRevenue],
  ["sync", benchSync],
  ["webhook", benchWebhook],
]);

await runCommand(async () => {
  stopServicesOnSignals();
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !BENCHES.has(name));
  if (unknown !== undefined) throw new CliError(`There is no ${unknown}, but ${[...BENCHES.keys()].join(", ")}.`);
  requireJava();
  buildFunctions();
  const report = new Report();
  try {
    for (const [name, bench] of BENCHES) if (names.length === 0 || names.includes(name)) await bench(report);
  } finally {
    await stopServices();
  }
  if (names.length === 0) report.write();
});
