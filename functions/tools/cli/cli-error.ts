import { guardConsole, printable, printableLines } from "./terminal.ts";

/** A reason why a command cannot do its work that its user can correct: shown without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";

  /** The reason is one line, whatever texts of other people are in it. Line breaks in `details` are the command's own, as in its usage. */
  constructor(reason: string, details = "") {
    super([printable(reason), printableLines(details)].filter((part) => part !== "").join("\n"));
  }

  /** Many reasons, a line each. */
  static of(reasons: readonly string[], details = ""): CliError {
    return new CliError("", [...reasons.map(printable), details].join("\n").trimEnd());
  }
}

/** Runs a command of the local environment; a CliError ends it with its message and exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  guardConsole();
  try {
    await command();
  } catch (error) {
    console.error(error instanceof CliError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
