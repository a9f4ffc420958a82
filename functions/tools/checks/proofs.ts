import { type Counts, runTests, type TestOptions } from "./checks.ts";
import { testEnvironment } from "../local/emulators.ts";
import { requireJava, startFirestoreAlone } from "../local/firestore-emulator.ts";
import { freePort } from "../cli/ports.ts";

/**
 * Runs the tests of test/proofs, each of which proves something over many of a kind, on a Firestore emulator of their own:
 * beside the rest of `npm test`, or at their full size (`test/support/size.ts`).
 */
export async function runProofs(args: readonly string[], { env = {}, ...options }: TestOptions = {}): Promise<Counts> {
  requireJava();
  const port = await freePort();
  const firestore = await startFirestoreAlone(port);
  try {
    return await runTests(["proofs"], args, { env: { ...testEnvironment(`127.0.0.1:${port}`), ...env }, ...options });
  } finally {
    await firestore.stop();
  }
}
