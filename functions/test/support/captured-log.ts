// Imported before the functions' logger, which keeps the console's methods when it is loaded.

/** The lines that the logger has written, each a JSON text. */
export const lines: string[] = [];

for (const stream of ["debug", "info", "warn", "error"] as const) {
  jest.spyOn(console, stream).mockImplementation((...args: unknown[]) => void lines.push(String(args[0])));
}

process.env["LOG_LEVEL"] = "INFO";
