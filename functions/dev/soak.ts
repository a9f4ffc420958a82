// npm run soak: the proofs that npm test runs at a small size, and the portal's tests, at their full one.
import { startBrowser } from "./browser.ts";
import { conclude, runTests } from "./checks.ts";
import { runCommand } from "./failure.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";
import { runProofs } from "./proofs.ts";
import { startWorld } from "./world.ts";

await runCommand(async () => {
  stopServicesOnSignals();
  try {
    const args = process.argv.slice(2);
    const proofs = await runProofs(args, { env: { SOAK: "1" } });
    const { env } = await startWorld();
    const browser = await startBrowser();
    const portal = await runTests(["portal"], args, {
      env: { ...env, SOAK: "1", PORTAL_BROWSER_ENDPOINT: browser.wsEndpoint() },
    });
    await browser.close();
    conclude(proofs, portal);
  } finally {
    await stopServices();
  }
});
