import { guardConsole, printable, printableLines } from "./terminal.ts";

/** A failure that the user can correct: shown without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";

  /** `reason` becomes one line, whatever stored texts it holds; `details` keeps its line breaks. */
  constructor(reason: string, details = "") {
    super([printable(reason), printableLines(details)].filter((part) => part !== "").join("\n"));
  }

  /** Many reasons, a line each. */
  static of(reasons: readonly string[], details = ""): CliError {
    return new CliError("", [...reasons.map(printable), details].join("\n").trimEnd());
  }
}

/** Runs a command; a CliError ends it with its message and exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  guardConsole();
  try {
    await command();
  } catch (error) {
    console.error(error instanceof CliError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
