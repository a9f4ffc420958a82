import { startBrowser } from "./browser.ts";
import { type Counts, runTests } from "./checks.ts";

/** Runs the tests of the portal in a Chromium, in the world that `env` points at. */
export async function testPortal(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Counts> {
  const browser = await startBrowser();
  try {
    return await runTests(["portal"], args, {
      env: { ...env, PORTAL_BROWSER_ENDPOINT: browser.wsEndpoint() },
      workers: 2,
    });
  } finally {
    await browser.close();
  }
}
