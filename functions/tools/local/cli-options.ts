import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { CliError } from "../cli/cli-error.ts";

/** The options of a command that are texts, by their names. Throws a CliError of one line; undefined where it is asked for help. */
export function readWords<Name extends string>(names: readonly Name[]): Partial<Record<Name, string>> | undefined {
  const options: ParseArgsOptionsConfig = { help: { type: "boolean" } };
  for (const name of names) options[name] = { type: "string" };
  const values = parse(options);
  if (values["help"] === true) return undefined;
  const words: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = values[name];
    if (typeof value === "string") words[name] = value;
  }
  return words;
}

/** The id of a PaymentIntent. */
export function paymentIn(text: string | undefined): string {
  if (text === undefined || !/^pi_\w+$/.test(text)) throw new CliError("Say which payment: --payment pi_…");
  return text;
}

function parse(options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new CliError(`${error instanceof Error ? error.message : String(error)} See --help.`);
  }
}
