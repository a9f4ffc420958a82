// npm run bench: figures beside their baselines, all in one run. Nothing asserts them: machines differ, and are shared. Without words
// after `--` it writes docs/benchmarks.md; with words it measures what they name.
import { benchCost } from "./bench/cost.ts";
import { benchLoad } from "./bench/load.ts";
import { benchMixed } from "./bench/mixed.ts";
import { benchProfile } from "./bench/profile.ts";
import { benchRecord } from "./bench/record.ts";
import { Report } from "./bench/report.ts";
import { benchRevenue } from "./bench/revenue.ts";
import { benchSync } from "./bench/sync.ts";
import { benchWebhook } from "./bench/webhook.ts";
import { buildFunctions } from "./build.ts";
import { CliError, runCommand } from "./cli-error.ts";
import { requireJava } from "./firestore-emulator.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";

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
