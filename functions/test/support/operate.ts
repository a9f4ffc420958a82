import { CliError } from "../../tools/cli/cli-error.ts";
import { runOps } from "../../ops/cli.ts";

export interface CommandOutcome {
  code: number;
  output: string;
}

/** Runs `npm run ops` with these arguments. Returns its output and exit code. */
export function runOperator(argv: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<CommandOutcome> {
  return outcomeOf(() => runOps(argv, settings));
}

/** Runs a command's function. Returns its output and exit code. */
export async function outcomeOf(work: () => Promise<void>): Promise<CommandOutcome> {
  const lines: string[] = [];
  const print = jest.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
  try {
    await work();
    return { code: 0, output: lines.join("\n") };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { code: 1, output: [...lines, error.message].join("\n") };
  } finally {
    print.mockRestore();
  }
}
