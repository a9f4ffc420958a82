// npm run soak: the proofs that npm test runs at a small size, at their full one. Words after `--` choose among them.
import { conclude, runTests } from "./checks.ts";
import { PROJECT_ID } from "./emulators.ts";
import { runCommand } from "./failure.ts";
import { requireJava, startFirestoreAlone } from "./firestore-emulator.ts";
import { freePort } from "./ports.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";

/** The test files that take a size (`test/support/size.ts`). */
const PROOFS = ["emulator/sync.test", "emulator/sync-race.test"];

await runCommand(async () => {
  stopServicesOnSignals();
  requireJava();
  try {
    const port = await freePort();
    await startFirestoreAlone(port);
    const env = {
      SOAK: "1",
      GCLOUD_PROJECT: PROJECT_ID,
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${port}`,
      METADATA_SERVER_DETECTION: "none",
    };
    const words = process.argv.slice(2);
    conclude(await runTests(["emulator"], words.length > 0 ? words : PROOFS, { env }));
  } finally {
    await stopServices();
  }
});
