/**
 * The size of a simulation: small in `npm test`, which should end within two minutes, and large in `npm run soak`, which may
 * take hours. The property proved is the same.
 */
export function size({ test, soak }: { test: number; soak: number }): number {
  return process.env["SOAK"] === "1" ? soak : test;
}
