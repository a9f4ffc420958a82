// npm run test:portal: the portal as Chromium shows it, in the local world. Words after `--` go to Jest.
import { startBrowser } from "./browser.ts";
import { conclude, type Counts, runTests } from "./checks.ts";
import { runCommand } from "./failure.ts";
import { stopServices, stopServicesOnSignals } from "./processes.ts";
import { startWorld } from "./world.ts";

await runCommand(async () => {
  stopServicesOnSignals();
  try {
    conclude(await testPortal(process.argv.slice(2)));
  } finally {
    await stopServices();
  }
});

async function testPortal(args: readonly string[]): Promise<Counts> {
  const { env } = await startWorld();
  const browser = await startBrowser();
  try {
    const endpoint = { PORTAL_BROWSER_ENDPOINT: browser.wsEndpoint() };
    return await runTests(["portal"], args, { env: { ...env, ...endpoint } });
  } finally {
    await browser.close();
  }
}
