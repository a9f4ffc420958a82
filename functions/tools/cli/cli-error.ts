import { guardConsole, printable, printableLines } from "./terminal.ts";

/** A failure that the user can correct, printed without a stack trace. */
export class CliError extends Error {
  override readonly name = "CliError";

  /** `reason` is printed as one line; `details` keeps its line breaks. */
  constructor(reason: string, details = "") {
    super([printable(reason), printableLines(details)].filter((part) => part !== "").join("\n"));
  }

  /** One line per reason. */
  static of(reasons: readonly string[], details = ""): CliError {
    return new CliError("", [...reasons.map(printable), details].join("\n").trimEnd());
  }
}

/** Runs a command. Prints an error and sets exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  guardConsole();
  try {
    await command();
  } catch (error) {
    console.error(error instanceof CliError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
