// Imported before the functions' logger, which captures the console's methods when it is loaded.

/** The lines that the logger wrote, each a JSON text. */
export const lines: string[] = [];

for (const stream of ["debug", "info", "warn", "error"] as const) {
  jest.spyOn(console, stream).mockImplementation((...args: unknown[]) => void lines.push(String(args[0])));
}

process.env["LOG_LEVEL"] = "INFO";
