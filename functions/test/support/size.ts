/**
 * The size of a simulation: small in `npm test`, which must end within two minutes, and large in `npm run soak`, which
 * may take hours. The assertions are the same.
 */
export function size({ test, soak }: { test: number; soak: number }): number {
  return process.env["SOAK"] === "1" ? soak : test;
}
