import { parseArgs } from "node:util";
import { CliError } from "../tools/cli/cli-error.ts";
import { access } from "./access.ts";
import { close } from "./close.ts";
import { doctor } from "./doctor.ts";
import { erase } from "./erase.ts";
import { events } from "./events.ts";
import { exceptions } from "./exceptions.ts";
import { type Command, connect } from "./command.ts";
import { monitoring } from "./monitoring.ts";
import { revenue } from "./revenue.ts";
import { sync } from "./sync.ts";

export const COMMANDS: Readonly<Record<string, Command>> = {
  access,
  close,
  doctor,
  erase,
  events,
  exceptions,
  monitoring,
  revenue,
  sync,
};

/**
 * Carries out one command, given by its name and arguments; `settings` take the place of the project's own.
 * Throws a CliError for what its operator can mend.
 */
export async function operate(argv: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<void> {
  const [name = "", ...args] = argv;
  const command = COMMANDS[name];
  if (!command) throw new CliError(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(", ")}.`);
  const { values, positionals } = parseCommand(command, args);
  if (values["help"] === true) {
    console.log(command.usage);
    return;
  }
  connect(values);
  // A command shows what it has to say; the functions' own log lines are for the functions.
  process.env["LOG_LEVEL"] = "ERROR";
  Object.assign(process.env, settings);
  await command.run(positionals, values);
}

/** What the arguments of a command say. Throws a CliError, with its usage, where it takes no such option. */
export function parseCommand(command: Command, args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...command.options,
        project: { type: "string" },
        local: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(reason, `\n${command.usage}`);
  }
}
