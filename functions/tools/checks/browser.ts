import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type BrowserServer, chromium, type LaunchOptions } from "playwright-core";
import { CliError } from "../cli/cli-error.ts";

/** A Chromium without network access: PORTAL_BROWSER, or the installed one (Linux x64), or the machine's. */
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
  // Playwright knows where Chrome is installed.
  if (process.platform !== "linux") return { channel: "chrome" };
  // There is no Chrome for Linux on arm64, and Chromium is wherever the distribution has it.
  if (process.arch !== "x64") return { executablePath: chromiumOnPath() };
  const { default: packed } = await import("@sparticuz/chromium");
  // Without its default arguments, which disable features under test, such as the same-origin policy.
  return { executablePath: await packed.executablePath(), args: ["--disable-gpu"] };
}

function chromiumOnPath(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = ["chromium", "chromium-browser"].flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new CliError("No Chromium was found on the PATH. Install it, or set PORTAL_BROWSER.");
  return found;
}
