// Parses commands with the project's own programs, and runs none. Reads them as JSON, [["ops", "doctor"], …],
// from standard input, and prints an error, or null, for each.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { ROOT } from "../../cli/paths.ts";
import { PROGRAMS } from "../../cli/programs.mjs";

/** They take no arguments, and run as they are imported. */
const WITHOUT_ARGUMENTS: ReadonlySet<string> = new Set(["cost", "openapi", "screenshots"]);

const started: Command[] = [];
Command.prototype.parseAsync = function parseAsync() {
  started.push(this);
  return Promise.resolve(this);
};

/** A program is caught as it starts to parse, which is the last step of its file. */
async function programIn(file: string): Promise<Command> {
  await import(join(ROOT, file));
  const program = started.pop();
  if (!program) throw new Error(`${file} starts no program.`);
  disableActions(program);
  return program;
}

const programs = new Map<string, Promise<Command>>();

function disableActions(command: Command): void {
  command.commands.forEach(disableActions);
  if (command.commands.length === 0) command.action(() => undefined);
}

async function errorIn([name = "", ...args]: readonly string[]): Promise<string | null> {
  const { [name]: file } = PROGRAMS;
  if (file === undefined) return `unknown program ${name}`;
  if (WITHOUT_ARGUMENTS.has(name)) return args.length > 0 ? "too many arguments" : null;
  const caught = programs.get(name) ?? programIn(file);
  programs.set(name, caught);
  const program = await caught;
  const [command] = args;
  // A page may name a program without a command, and a command without its arguments.
  if (command === undefined) return null;
  if (args.length === 1 && program.commands.some((each) => each.name() === command)) return null;
  try {
    program.parse(args, { from: "user" });
    return null;
  } catch (error) {
    return String(error);
  }
}

const commands = z.array(z.array(z.string())).parse(JSON.parse(readFileSync(0, "utf8")));
const errors: (string | null)[] = [];
for (const command of commands) errors.push(await errorIn(command));
process.stdout.write(JSON.stringify(errors));
