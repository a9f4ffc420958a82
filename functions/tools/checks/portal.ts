import { startBrowser } from "./browser.ts";
import { type Counts, runTests } from "./checks.ts";
import { startLocalEnvironment } from "./local-environment.ts";

/** Starts the local world, and a Chromium beside it. Runs `test`, with what points tests at both, and ends the Chromium. */
export async function inPortal(test: (env: NodeJS.ProcessEnv) => Promise<Counts[]>): Promise<Counts[]> {
  // Where there is none, that is said before anything else has taken its time.
  const browser = await startBrowser();
  try {
    const { env } = await startLocalEnvironment();
    return await test({ ...env, PORTAL_BROWSER_ENDPOINT: browser.wsEndpoint() });
  } finally {
    await browser.close();
  }
}

/** Runs the tests of the portal. More of them at a time would take longer, and what they measure would mean less. */
export function testPortal(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Counts> {
  return runTests(["portal"], args, { env, workers: 2 });
}
