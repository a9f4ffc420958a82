import { runCommand } from "../tools/cli/cli-error.ts";

await runCommand(async () => {
  // After the console is guarded: the functions' logger keeps the console that it finds.
  const { runOps } = await import("./cli.ts");
  await runOps(process.argv.slice(2));
});
