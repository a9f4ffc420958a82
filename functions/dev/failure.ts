/** A reason why the local world cannot do its work that its user can mend: shown as one line, without a stack. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** Runs a command of the local world; a Failure ends it with its one line and exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
