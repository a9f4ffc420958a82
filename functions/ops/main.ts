import { runCommand } from "../tools/cli/cli-error.ts";

await runCommand(async () => {
  // Imported after guardConsole: the functions' logger stores the console's methods on import.
  const { runOps } = await import("./cli.ts");
  await runOps(process.argv.slice(2));
});
