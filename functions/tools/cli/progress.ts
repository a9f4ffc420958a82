import { SingleBar } from "cli-progress";
import { printable } from "./terminal.ts";

export type ProgressBar = SingleBar;

/** Does this behind a progress bar on standard error, on a terminal alone; `format` names the bar's values. */
export async function withProgress<T>(
  title: string,
  format: string,
  work: (bar: ProgressBar) => Promise<T>,
  total = 1,
): Promise<T> {
  const bar = new SingleBar({ format: `${printable(title)} ${format}`, clearOnComplete: true });
  const blanks: Record<string, string> = {};
  for (const [, name = ""] of format.matchAll(/\{(\w+)\}/g)) blanks[name] = "";
  bar.start(total, 0, blanks);
  try {
    return await work(bar);
  } finally {
    bar.stop();
  }
}
