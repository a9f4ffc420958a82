// npm test: everything. Words after `npm test --` go to Jest, for a run of some tests only.
import { conclude, requireCleanSources, runTests } from "./checks.ts";
import { PROJECT_ID, startEmulators } from "./emulators.ts";
import { startLocalStripe } from "./fake-stripe/control.ts";
import type { FakeStripe } from "./fake-stripe/server.ts";
import { runCommand } from "./failure.ts";
import { ADDRESS } from "./ports.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";

await runCommand(async () => {
  stopServicesOnSignals();
  const args = process.argv.slice(2);
  requireCleanSources();
  let stripe: FakeStripe | undefined;
  try {
    // It starts and ends the local world itself, so it comes before the emulators of the others.
    const world = await runTests(["world"], args);
    const [unit] = await Promise.all([runTests(["unit"], args, { show: "afterwards" }), startEmulators()]);
    stripe = await startLocalStripe();
    const env = {
      GCLOUD_PROJECT: PROJECT_ID,
      FIRESTORE_EMULATOR_HOST: ADDRESS.firestore,
      FIREBASE_AUTH_EMULATOR_HOST: ADDRESS.auth,
      METADATA_SERVER_DETECTION: "none",
    };
    const emulated = await runTests(["emulator", "rules"], args, { env });
    conclude(world, unit, emulated);
  } finally {
    await Promise.all([stopServices(), stripe?.close()]);
  }
});
