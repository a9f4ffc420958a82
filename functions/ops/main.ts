// The operator's commands: one program, one subcommand each. The npm scripts are its aliases.
import { runCommand } from "../tools/cli/cli-error.ts";

await runCommand(async () => {
  // Once the console is guarded: the functions' logger keeps the console that it finds.
  const { operate } = await import("./cli.ts");
  await operate(process.argv.slice(2));
});
