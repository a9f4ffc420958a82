import { join } from "node:path";
import { codeOf } from "../../src/errors.ts";
import { FUNCTIONS } from "../cli/paths.ts";
import { testEnvironment } from "../local/emulators.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { serveFunction } from "../local/served-function.ts";
import { BareCommit } from "./bare-commit.ts";
import { figureOf, load, newRecord, nextPath, residentMegabytes, send, totalCpuMs, withSpread } from "./measure.ts";
import type { Report } from "./report.ts";
import { buildUnbundled } from "./unbundled.ts";

const ROUNDS = 15;
/** Commits until the emulator's JVM is warm. */
const WARM_UP = 2_000;

const EMPTY = "empty function";
const UNBUNDLED = "recordTransaction, not bundled";
const DEPLOYED = "recordTransaction, as deployed";

interface Start {
  milliseconds: number;
  cpu: number;
  megabytes: number;
}

/** From the start of a process to its first signed 200, compared with an empty function and an unbundled build. */
export async function benchLoad(report: Report): Promise<void> {
  const emulator = await startFirestoreAlone();
  Object.assign(process.env, testEnvironment(emulator.address));
  const commit = await BareCommit.connect(emulator.address, { hasLifetime: true });
  await load(() => commit.run(), 8, WARM_UP);
  commit.close();

  const variants: Record<string, [target: string, source: string]> = {
    [EMPTY]: ["empty", join(FUNCTIONS, "tools/bench/empty.js")],
    [UNBUNDLED]: ["recordTransaction", buildUnbundled()],
    [DEPLOYED]: ["recordTransaction", FUNCTIONS],
  };
  const rounds: Map<string, Start>[] = [];
  // The first round fills the file system's cache.
  for (let number = -1; number < ROUNDS; number += 1) {
    const round = new Map<string, Start>();
    for (const [name, [target, source]] of Object.entries(variants)) {
      round.set(name, await startOnce(target, source, emulator.address));
    }
    if (number >= 0) rounds.push(round);
  }
  await emulator.stop();

  const cell = (name: string, figure: (start: Start) => number): string =>
    withSpread(
      rounds.map((round) => figureOf(round, name, figure)),
      0,
    );
  const rows = Object.keys(variants).map((name) => [
    name,
    cell(name, ({ milliseconds }) => milliseconds),
    cell(name, ({ cpu }) => cpu),
    cell(name, ({ megabytes }) => megabytes),
  ]);
  report.section("A cold start: from the start of a process to its first 200");
  report.note(
    `With the functions framework and a signed golden record; medians of ${ROUNDS} rounds, minimum–maximum. CPU and memory are those of ` +
      "the process.",
  );
  report.table([["", "ms", "CPU ms", "MB resident"], ...rows]);
  const ratio = (of: string, to: string, figure: (start: Start) => number): string =>
    withSpread(
      rounds.map((round) => figureOf(round, of, figure) / figureOf(round, to, figure)),
      2,
    );
  const ratios = ([label, figure]: [string, (start: Start) => number]): string[] => [
    label,
    ratio(DEPLOYED, UNBUNDLED, figure),
    ratio(DEPLOYED, EMPTY, figure),
  ];
  report.table([
    ["as deployed, within a round", "÷ not bundled", "÷ empty function"],
    ratios(["ms", ({ milliseconds }) => milliseconds]),
    ratios(["CPU ms", ({ cpu }) => cpu]),
    ratios(["MB resident", ({ megabytes }) => megabytes]),
  ]);
}

async function startOnce(target: string, source: string, firestoreAddress: string): Promise<Start> {
  const startedAt = performance.now();
  const service = await serveFunction(target, firestoreAddress, { source, isReady: isAnswered, pollMs: 5 });
  const milliseconds = performance.now() - startedAt;
  const start = { milliseconds, cpu: totalCpuMs(service.pid), megabytes: residentMegabytes(service.pid) };
  await service.stop();
  return start;
}

/** Whether it responds to a golden record; false if it does not listen yet. */
async function isAnswered(url: string): Promise<boolean> {
  try {
    await send("POST", `${url}${nextPath()}`, { body: JSON.stringify(newRecord()) });
    return true;
  } catch (error) {
    if (codeOf(error) !== "ECONNREFUSED") throw error;
    return false;
  }
}
