// npm test: everything. Words after `npm test --` go to Jest, for a run of some tests only.
import { conclude, requireCleanSources, runTests } from "./checks.ts";
import { startEmulators, testEnvironment } from "./emulators.ts";
import { startLocalStripe } from "./fake-stripe/control.ts";
import type { FakeStripe } from "./fake-stripe/server.ts";
import { runCommand } from "./failure.ts";
import { ADDRESS } from "./ports.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";
import { runProofs } from "./proofs.ts";

/** Every emulator of a test lives for a minute or two: what a thorough compiler would win, it would not win back. */
const QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

await runCommand(async () => {
  stopServicesOnSignals();
  const args = process.argv.slice(2);
  process.env["JAVA_TOOL_OPTIONS"] ??= QUICK_JAVA;
  let stripe: FakeStripe | undefined;
  try {
    // The world's test starts and ends the local world itself, so it comes before the emulators of the others.
    // It waits a lot: what needs no more of the emulators than Firestore runs beside it.
    const first = [runTests(["world"], args), requireCleanSources(), runProofs(args, { show: "afterwards" })] as const;
    // Where one of them fails, the others are not left running.
    await Promise.allSettled(first);
    const [world, , proofs] = await Promise.all(first);
    const [unit] = await Promise.all([runTests(["unit"], args, { show: "afterwards" }), startEmulators()]);
    stripe = await startLocalStripe();
    const env = { ...testEnvironment(ADDRESS.firestore), FIREBASE_AUTH_EMULATOR_HOST: ADDRESS.auth };
    const emulated = await runTests(["emulator", "rules"], args, { env });
    conclude(world, proofs, unit, emulated);
  } finally {
    await Promise.all([stopServices(), stripe?.close()]);
  }
});
