// npm run soak: the proofs that npm test runs at a small size, at their full one.
import { conclude } from "./checks.ts";
import { runCommand } from "./failure.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";
import { runProofs } from "./proofs.ts";

await runCommand(async () => {
  stopServicesOnSignals();
  try {
    const args = process.argv.slice(2);
    const proofs = await runProofs(args, { env: { SOAK: "1" } });
    conclude(proofs);
  } finally {
    await stopServices();
  }
});
