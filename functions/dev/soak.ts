// npm run soak: the proofs that npm test runs at a small size, at their full one.
import { conclude, runTests } from "./checks.ts";
import { testEnvironment } from "./emulators.ts";
import { runCommand } from "./failure.ts";
import { requireJava, startFirestoreAlone } from "./firestore-emulator.ts";
import { freePort } from "./ports.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";

/** The test files that take a size (`test/support/size.ts`). */
const PROOFS = ["emulator/sync.test", "emulator/sync-race.test", "emulator/convergence.test"];

await runCommand(async () => {
  stopServicesOnSignals();
  requireJava();
  try {
    const port = await freePort();
    await startFirestoreAlone(port);
    const env = { ...testEnvironment(`127.0.0.1:${port}`), SOAK: "1" };
    conclude(await runTests(["emulator"], PROOFS, { env }));
  } finally {
    await stopServices();
  }
});
