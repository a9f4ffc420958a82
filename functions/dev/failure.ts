import { guardConsole, printable } from "./terminal.ts";

/** A reason why the local world cannot do its work that its user can mend: shown as one line, without a stack. */
export class Failure extends Error {
  override readonly name = "Failure";

  /** Many reasons, a line each, whatever texts of other people are in them. */
  static of(reasons: readonly string[]): Failure {
    return new Failure(reasons.map(printable).join("\n"));
  }
}

/** Runs a command of the local world; a Failure ends it with its one line and exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  guardConsole();
  try {
    await command();
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
