import { SingleBar } from "cli-progress";
import { printable } from "./terminal.ts";

/** A progress bar behind a title that others may have chosen. It writes to the terminal itself, past the console. */
export function progressBar(title: string, format: string): SingleBar {
  return new SingleBar({ format: `${printable(title)} ${format}`, clearOnComplete: true });
}
