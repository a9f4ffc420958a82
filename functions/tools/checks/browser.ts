import { type BrowserServer, chromium, type LaunchOptions } from "playwright-core";
import { CliError } from "../cli/cli-error.ts";

/**
 * Starts a Chromium that reaches this machine and nothing else, for tests and screenshots to connect to. It is the one that
 * PORTAL_BROWSER names, else on Linux (x64) the one that came with the install, else Chrome as it is installed.
 * Throws a CliError where there is none.
 */
export async function startBrowser(): Promise<BrowserServer> {
  const { args = [], ...where } = await findChromium();
  try {
    return await chromium.launchServer({
      ...where,
      args: [...args, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
      // Whoever started it ends it; a signal is for them to take.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split("\n") : [String(error)];
    throw new CliError(`No Chromium starts (${reason}). Install Chrome, or name one in PORTAL_BROWSER.`);
  }
}

async function findChromium(): Promise<LaunchOptions> {
  const named = process.env["PORTAL_BROWSER"];
  if (named) return { executablePath: named };
  if (process.platform !== "linux" || process.arch !== "x64") return { channel: "chrome" };
  const { default: packed } = await import("@sparticuz/chromium");
  // It is unpacked once, and found the next time. Its own arguments are for functions, and switch off what is to be tested here,
  // such as the same-origin policy.
  return { executablePath: await packed.executablePath(), args: ["--disable-gpu"] };
}
