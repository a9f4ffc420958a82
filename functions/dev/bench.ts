// npm run bench: figures beside their baselines, all in one run. Nothing asserts them: machines differ, and are shared.
import { cpus, totalmem } from "node:os";
import { benchLoad } from "./bench/load.ts";
import { benchRecord } from "./bench/record.ts";
import { benchRevenue } from "./bench/revenue.ts";
import { benchSync } from "./bench/sync.ts";
import { benchWebhook } from "./bench/webhook.ts";
import { buildFunctions } from "./build.ts";
import { runCommand } from "./failure.ts";
import { requireJava } from "./firestore-emulator.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";

await runCommand(async () => {
  stopServicesOnSignals();
  requireJava();
  buildFunctions();
  console.log(
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  );
  try {
    benchLoad();
    await benchRecord();
    await benchRevenue();
    await benchSync();
    await benchWebhook();
  } finally {
    await stopServices();
  }
});
