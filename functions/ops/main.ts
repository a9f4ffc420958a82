// The operator's commands: one program, one subcommand each. The npm scripts are its aliases.
import { runCommand } from "../dev/failure.ts";
import { operate } from "./operate.ts";

await runCommand(() => operate(process.argv.slice(2)));
