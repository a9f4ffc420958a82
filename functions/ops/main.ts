// The operator's commands: one program, one subcommand each. The npm scripts are its aliases.
import { runCommand } from "../dev/failure.ts";

await runCommand(async () => {
  // Once the console is guarded: the functions' logger keeps the console that it finds.
  const { operate } = await import("./operate.ts");
  await operate(process.argv.slice(2));
});
