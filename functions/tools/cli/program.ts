import { Command, CommanderError, type CommandUnknownOpts, InvalidArgumentError } from "@commander-js/extra-typings";
import { z } from "zod";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../../src/domain/payment.ts";
import { CliError, runCommand } from "./cli-error.ts";
import npmFlags from "./npm-flags.cjs";

/** `name` is the command line, such as `npm run ops --`. */
export function newProgram(name: string, description: string) {
  return new Command(name)
    .description(description)
    .helpOption("--help", "Show this help.")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => undefined })
    .exitOverride();
}

/** Throws a CliError for invalid arguments, and if npm kept an option that stands before `--`. */
export async function runProgram(program: CommandUnknownOpts, args: readonly string[]): Promise<void> {
  const refusal = npmFlags.refusalOf(optionsOf(program), args, process.env);
  if (refusal !== null) throw new CliError(refusal);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    if (error.code === "commander.help") throw new CliError("Missing command. See --help.");
    const [first = "", ...rest] = error.message.replace(/^error: (command-argument )?/, "").replaceAll("\n", " ");
    throw new CliError(`${first.toUpperCase()}${rest.join("").replace(/(?<=[^.)])$/, ".")} See --help.`);
  }
}

/** The long names of all options of a program and its commands. */
function optionsOf(program: CommandUnknownOpts): string[] {
  const own = program.options.flatMap(({ long }) => long ?? []);
  return [...new Set([...own, ...program.commands.flatMap(optionsOf)])];
}

/** Runs a program with the arguments of this process. */
export function main(program: CommandUnknownOpts): Promise<void> {
  return runCommand(() => runProgram(program, process.argv.slice(2)));
}

/** The text for `addHelpText("after", …)`. */
export function examples(...commands: string[]): string {
  return ["", "Examples:", ...commands.map((command) => `  ${command}`)].join("\n");
}

/** Parses by a schema; `expected` completes the error message, such as `a day such as 2025-11-30`. */
export function parsedBy<T>(schema: z.ZodType<T>, expected: string): (text: string) => T {
  return (text) => {
    const { success, data } = schema.safeParse(text);
    if (success) return data;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}

export const franchiseeId = parsedBy(franchiseeIdSchema, "a connected account (acct_…)");
export const paymentId = parsedBy(paymentIntentIdSchema, "a PaymentIntent (pi_…)");
export const projectId = parsedBy(z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/), "the id of a project");
export const shortText = parsedBy(z.string().trim().min(1).max(500), "1 to 500 characters");

export function wholeNumber(least: number, most = 999_999_999): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

export function each<T>(parse: (text: string) => T): (text: string, earlier: T[] | undefined) => T[] {
  return (text, earlier = []) => [...earlier, parse(text)];
}
