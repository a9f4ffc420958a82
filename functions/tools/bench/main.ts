import { benchCost } from "./cost.ts";
import { benchEndurance } from "./endurance.ts";
import { benchLoad } from "./load.ts";
import { benchMixed } from "./mixed.ts";
import { benchProfile } from "./profile.ts";
import { benchRecord } from "./record.ts";
import { Report } from "./report.ts";
import { benchRevenue } from "./revenue.ts";
import { benchSearch } from "./search.ts";
import { benchSync } from "./sync.ts";
import { benchWebhook } from "./webhook.ts";
import { buildFunctions } from "../local/build.ts";
import { examples, main, newProgram } from "../cli/program.ts";
import { requireJava } from "../local/firestore-emulator.ts";
import { withServices } from "../local/processes.ts";

const BENCHES: Readonly<Record<string, (report: Report) => Promise<void> | void>> = {
  cost: benchCost,
  load: benchLoad,
  record: benchRecord,
  mixed: benchMixed,
  profile: benchProfile,
  revenue: benchRevenue,
  search: benchSearch,
  sync: benchSync,
  webhook: benchWebhook,
};

/** `endurance` runs only by name. */
const ALL: typeof BENCHES = { ...BENCHES, endurance: benchEndurance };

const bench = newProgram(
  "npm run bench --",
  "Run benchmarks. Without names, writes the results to docs/benchmarks.md.",
);
bench
  .addArgument(bench.createArgument("[name...]", "The benchmarks.").choices(Object.keys(ALL)))
  .addHelpText("after", examples("npm run bench -- cost record"))
  .action(async (names: string[]) => {
    requireJava();
    const report = new Report();
    await withServices(async () => {
      buildFunctions();
      for (const name of names.length > 0 ? names : Object.keys(BENCHES)) await ALL[name]?.(report);
    });
    if (names.length === 0) report.write();
  });

await main(bench);
