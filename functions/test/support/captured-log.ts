/** Imported before anything that logs, it keeps what the functions' logger writes: one JSON text a line. */
export const lines: string[] = [];

for (const stream of ["debug", "info", "warn", "error"] as const) {
  jest.spyOn(console, stream).mockImplementation((...args: unknown[]) => void lines.push(String(args[0])));
}
