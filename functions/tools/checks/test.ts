// npm test: everything. Words after `npm test --` go to Jest, for a run of some tests only.
import { conclude, type Counts, requireCleanSources, runTests } from "./checks.ts";
import { runCommand } from "../cli/cli-error.ts";
import { stopServices, stopServicesOnSignals } from "../local/processes.ts";
import { inPortal, testPortal } from "./portal.ts";
import { runProofs } from "./proofs.ts";

/** Every emulator of a test lives for a minute or two: what a thorough compiler would win, it would not win back. */
const QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

await runCommand(async () => {
  stopServicesOnSignals();
  const args = process.argv.slice(2);
  process.env["JAVA_TOOL_OPTIONS"] ??= QUICK_JAVA;
  try {
    // Who asks the local world waits a lot; what does not need it runs beside, at its own pace.
    const lanes = [testWorld(args), testBesides(args)] as const;
    // Where one of them fails, the other is not left running.
    await Promise.allSettled(lanes);
    conclude(...(await Promise.all(lanes)).flat());
  } finally {
    await stopServices();
  }
});

/** What `npm start` starts: that it does its job, all that asks its emulators, and that it ends as it should. */
function testWorld(args: readonly string[]): Promise<Counts[]> {
  return inPortal(async (env) => [
    await runTests(["world"], args, { env }),
    await runTests(["emulator", "rules"], args, { env }),
    await testPortal(args, env),
    await runTests(["world-end"], args, { env }),
  ]);
}

/** What asks nobody, or a Firestore of its own. */
async function testBesides(args: readonly string[]): Promise<Counts[]> {
  await requireCleanSources();
  const alone = { show: "afterwards", workers: 2 } as const;
  return [await runTests(["unit"], args, alone), await runProofs(args, alone)];
}
