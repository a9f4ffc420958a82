// npm run check: what holds on every commit. Format, lint, types, unit tests; nothing that takes an emulator.
import { conclude, requireCleanSources, runTests } from "./checks.ts";
import { runCommand } from "../cli/cli-error.ts";

await runCommand(async () => {
  await requireCleanSources();
  conclude(await runTests(["unit"], process.argv.slice(2)));
});
