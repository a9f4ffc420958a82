// npm run soak: the proofs that npm test runs at a small size, at their full one, for as long as that takes. It goes on where it was stopped.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { buildFunctions } from "../local/build.ts";
import { conclude, type Counts } from "./checks.ts";
import { CliError, runCommand } from "../cli/cli-error.ts";
import { FUNCTIONS } from "../cli/paths.ts";
import { stopServices, stopServicesOnSignals } from "../local/processes.ts";
import { runProofs } from "./proofs.ts";
import { SoakProgress } from "./soak-progress.ts";

const USAGE = `Runs the proofs at their full size: histories through failures, kills in mid-request, and all others. Minutes to hours; Ctrl-C
stops it, and the same command goes on from there.

  npm run soak -- [--histories 10000] [--kills 1000] [--fresh]
  npm run soak -- --seed 123 --batch 7     one batch of histories once more
  npm run soak -- totals                   the proofs whose path holds that word, from their beginning

  --fresh      begin anew, with another seed`;

/** In each of these runs, on an emulator of their own; what is done is kept after each. */
const HISTORIES_AT_ONCE = 500;
const KILLS_AT_ONCE = 50;

/** Those that go by batches. */
const HISTORIES = "convergence-troubles";
const KILLS = "kills";

/** Seeds of batches are so far apart: the histories of one batch have several. */
const SEEDS = 1_000;

await runCommand(async () => {
  stopServicesOnSignals();
  const { options, words } = read();
  try {
    buildFunctions();
    if (words.length > 0) return conclude(await prove(words));
    const { seed, batch } = options;
    if (seed !== undefined && batch !== undefined) return conclude(await proveHistories(seed, batch));
    await soak(options);
  } finally {
    await stopServices();
  }
});

interface Options {
  histories: number;
  kills: number;
  seed: number | undefined;
  batch: number | undefined;
  isFresh: boolean;
}

async function soak({ histories, kills, isFresh }: Options): Promise<void> {
  const soaked = isFresh ? SoakProgress.begin() : SoakProgress.goOn();
  const { seed } = soaked;
  console.log(`Seed ${seed}.`);
  await inBatches("histories", Math.ceil(histories / HISTORIES_AT_ONCE), HISTORIES_AT_ONCE, soaked, async (batch) => {
    requirePassed(await proveHistories(seed, batch), `npm run soak -- --seed ${seed} --batch ${batch}`);
  });
  await inBatches("kills", Math.ceil(kills / KILLS_AT_ONCE), KILLS_AT_ONCE, soaked, async () => {
    requirePassed(await prove([KILLS], { KILLS: String(KILLS_AT_ONCE) }), `npm run soak -- ${KILLS}`);
  });
  const others = readdirSync(join(FUNCTIONS, "test/proofs"))
    .map((file) => basename(file, ".test.ts"))
    .filter((name) => name !== HISTORIES && name !== KILLS);
  await inBatches("other proofs", others.length, 1, soaked, async (index) => {
    const name = others[index] ?? "";
    requirePassed(await prove([`proofs/${name}.test.ts`]), `npm run soak -- proofs/${name}.test.ts`);
  });
  console.log(
    `\nAll of it holds: ${histories} histories, ${kills} kills, ${others.length} other proofs (seed ${seed}).`,
  );
}

/** Runs those of these batches that have not been run, with a bar that says how many of what are done. */
async function inBatches(
  what: "histories" | "kills" | "other proofs",
  batches: number,
  size: number,
  soaked: SoakProgress,
  run: (batch: number) => Promise<void>,
): Promise<void> {
  const bar = new SingleBar({
    format: `${what} [{bar}] {value} of {total}, {duration_formatted} so far, {eta_formatted} to go`,
    etaBuffer: 5,
  });
  bar.start(batches * size, Math.min(soaked.done(what), batches) * size);
  try {
    for (let batch = soaked.done(what); batch < batches; batch += 1) {
      await run(batch);
      soaked.add(what);
      bar.update((batch + 1) * size);
    }
  } finally {
    bar.stop();
  }
}

function requirePassed({ passed, failed }: Counts, again: string): void {
  if (failed > 0 || passed === 0) throw new CliError("It does not hold. To run this again:", `\n  ${again}`);
}

function proveHistories(seed: number, batch: number): Promise<Counts> {
  const env = { CONVERGENCE_SEED: String(seed + batch * SEEDS), HISTORIES: String(HISTORIES_AT_ONCE) };
  return prove([HISTORIES], env);
}

function prove(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Counts> {
  return runProofs(words, { env: { SOAK: "1", ...env }, show: "failures" });
}

function read(): { options: Options; words: string[] } {
  try {
    const text = { type: "string" } as const;
    const { values, positionals: words } = parseArgs({
      options: { histories: text, kills: text, seed: text, batch: text, fresh: { type: "boolean" } },
      allowPositionals: true,
    });
    const number = (name: "histories" | "kills" | "seed" | "batch"): number | undefined => {
      const value = values[name];
      if (value !== undefined && !/^\d{1,10}$/.test(value)) throw new Error(`--${name} takes a number.`);
      return value === undefined ? undefined : Number(value);
    };
    const [seed, batch] = [number("seed"), number("batch")];
    if ((seed === undefined) !== (batch === undefined)) throw new Error("--seed and --batch go together.");
    const { fresh: isFresh = false } = values;
    return {
      options: { histories: number("histories") ?? 10_000, kills: number("kills") ?? 1_000, seed, batch, isFresh },
      words,
    };
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), `\n${USAGE}`);
  }
}
