import { type BrowserServer, chromium, type LaunchOptions } from "playwright-core";
import { CliError } from "../cli/cli-error.ts";

/** A Chromium without network access: PORTAL_BROWSER, or the installed one (Linux x64), or Chrome. */
export async function startBrowser(): Promise<BrowserServer> {
  const { args = [], ...where } = await findChromium();
  try {
    return await chromium.launchServer({
      ...where,
      args: [...args, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
      // The caller stops it.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split("\n") : [String(error)];
    throw new CliError(`Chromium did not start (${reason}). Install Chrome, or set PORTAL_BROWSER to a browser.`);
  }
}

async function findChromium(): Promise<LaunchOptions> {
  const named = process.env["PORTAL_BROWSER"];
  if (named) return { executablePath: named };
  if (process.platform !== "linux" || process.arch !== "x64") return { channel: "chrome" };
  const { default: packed } = await import("@sparticuz/chromium");
  // Without its default arguments, which disable features under test, such as the same-origin policy.
  return { executablePath: await packed.executablePath(), args: ["--disable-gpu"] };
}
