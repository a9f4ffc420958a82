import { CliError } from "../../tools/cli/cli-error.ts";
import { runOps } from "../../ops/cli.ts";

export interface CommandOutcome {
  code: number;
  output: string;
}

/** npm run ops with these words: what it prints, and its exit code. */
export function runOperator(argv: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<CommandOutcome> {
  return outcomeOf(() => runOps(argv, settings));
}

/** The same of what a command does. */
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
