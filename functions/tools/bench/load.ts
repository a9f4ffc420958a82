import { spawnSync } from "node:child_process";
import { z } from "zod";
import { FUNCTIONS } from "../cli/paths.ts";
import type { Report } from "./report.ts";
import { withSpread } from "./measure.ts";

const ROUNDS = 9;

const VARIANTS: Record<string, string[]> = {
  "firebase-functions/v2/https, firebase-admin/firestore": ["firebase-functions/v2/https", "firebase-admin/firestore"],
  "the functions as deployed": ["./lib/index.js"],
};

const measureSchema = z.object({ milliseconds: z.number(), megabytes: z.number() });
type Measure = z.infer<typeof measureSchema>;

/** Time and memory of loading modules at a cold start, compared with the two essential libraries. */
export function benchLoad(report: Report): void {
  const rounds = new Map<string, Measure[]>(Object.keys(VARIANTS).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, modules] of Object.entries(VARIANTS)) rounds.get(name)?.push(loadOnce(modules));
  }
  const rows = [...rounds].map(([name, measures]) => [
    name,
    withSpread(
      measures.map(({ milliseconds }) => milliseconds),
      0,
    ),
    withSpread(
      measures.map(({ megabytes }) => megabytes),
      0,
    ),
  ]);
  report.section(`Module load in a new process (median of ${ROUNDS}, minimum–maximum)`);
  report.table([["", "ms", "MB resident"], ...rows]);
}

function loadOnce(modules: readonly string[]): Measure {
  const script = `
    const start = performance.now();
    for (const name of ${JSON.stringify(modules)}) await import(name);
    const milliseconds = performance.now() - start;
    console.log(JSON.stringify({ milliseconds, megabytes: process.memoryUsage().rss / 1e6 }));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: FUNCTIONS,
    encoding: "utf8",
  });
  return measureSchema.parse(JSON.parse(stdout));
}
