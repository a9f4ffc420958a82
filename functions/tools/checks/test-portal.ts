// npm run test:portal: the portal as Chromium shows it, in the local world. Words after `--` go to Jest.
import { conclude } from "./checks.ts";
import { runCommand } from "../cli/cli-error.ts";
import { inPortal, testPortal } from "./portal.ts";
import { stopServices, stopServicesOnSignals } from "../local/processes.ts";

await runCommand(async () => {
  stopServicesOnSignals();
  try {
    conclude(...(await inPortal(async (env) => [await testPortal(process.argv.slice(2), env)])));
  } finally {
    await stopServices();
  }
});
