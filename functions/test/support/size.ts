/**
 * How many of something a proof takes: in `npm test`, which is to end within two minutes, and in `npm run soak`, which takes
 * the time that it takes. What is proved is the same.
 */
export function size({ test, soak }: { test: number; soak: number }): number {
  return process.env["SOAK"] === "1" ? soak : test;
}
