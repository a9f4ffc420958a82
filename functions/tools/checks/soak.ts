import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { SingleBar } from "cli-progress";
import { randomInt } from "node:crypto";
import { z } from "zod";
import { buildFunctions } from "../local/build.ts";
import { type Counts, printCounts, runSimulations } from "./run-tests.ts";
import { CliError } from "../cli/cli-error.ts";
import { FUNCTIONS, LOCAL } from "../cli/paths.ts";
import { examples, main, newProgram, wholeNumber } from "../cli/program.ts";
import { withServices } from "../local/processes.ts";

/** Each batch has its own emulator. Progress is saved after each batch. */
const BATCH_SCENARIOS = 500;
const BATCH_KILLS = 50;

const SCENARIOS = "convergence-faults";
const KILLS = "kills";

/** Seeds reserved for each batch of scenarios. */
const BATCH_SEEDS = 1_000;

const soakProgram = newProgram(
  "npm run soak --",
  "Run the simulations at full size, for minutes to hours. Ctrl-C stops; the same command resumes. Exit code 0: all passed; 1: not.",
)
  .argument("[word...]", "Run only the simulations whose path contains a word, from the start.")
  .option("--scenarios <n>", "The number of random scenarios with failures.", wholeNumber(0), 10_000)
  .option("--kills <n>", "The number of instances killed mid-request.", wholeNumber(0), 1_000)
  .option("--fresh", "Start over, with another seed.")
  .option("--seed <n>", "With --batch: rerun one batch of scenarios.", wholeNumber(0, 2 ** 31))
  .option("--batch <n>", "With --seed.", wholeNumber(0))
  .addHelpText(
    "after",
    examples("npm run soak -- --scenarios 1000", "npm run soak -- --seed 123 --batch 7", "npm run soak -- totals"),
  )
  .action(async (words, { scenarios, kills, fresh, seed, batch }) => {
    if ((seed === undefined) !== (batch === undefined)) throw new CliError("--seed and --batch go together.");
    await withServices(async () => {
      buildFunctions();
      if (words.length > 0) printCounts(await simulate(words));
      else if (seed !== undefined && batch !== undefined) printCounts(await simulateScenarios(seed, batch));
      else await soak(scenarios, kills, fresh === true ? newProgress() : readProgress());
    });
  });

async function soak(scenarios: number, kills: number, progress: Progress): Promise<void> {
  const { seed } = progress;
  save(progress);
  console.log(`Seed ${seed}.`);
  await inBatches("scenarios", Math.ceil(scenarios / BATCH_SCENARIOS), BATCH_SCENARIOS, progress, async (batch) => {
    requirePassed(await simulateScenarios(seed, batch), `npm run soak -- --seed ${seed} --batch ${batch}`);
  });
  await inBatches("kills", Math.ceil(kills / BATCH_KILLS), BATCH_KILLS, progress, async () => {
    requirePassed(await simulate([KILLS], { KILLS: String(BATCH_KILLS) }), `npm run soak -- ${KILLS}`);
  });
  const others = readdirSync(join(FUNCTIONS, "test/simulation"))
    .map((file) => basename(file, ".test.ts"))
    .filter((name) => name !== SCENARIOS && name !== KILLS);
  await inBatches("other simulations", others.length, 1, progress, async (index) => {
    const name = others[index] ?? "";
    requirePassed(await simulate([`simulation/${name}.test.ts`]), `npm run soak -- simulation/${name}.test.ts`);
  });
  console.log(
    `\nAll passed: ${scenarios} scenarios, ${kills} kills, ${others.length} other simulations (seed ${seed}).`,
  );
}

/** Runs the remaining batches with a progress bar. */
async function inBatches(
  what: "scenarios" | "kills" | "other simulations",
  batches: number,
  size: number,
  progress: Progress,
  run: (batch: number) => Promise<void>,
): Promise<void> {
  const bar = new SingleBar({
    format: `${what} [{bar}] {value} of {total}, {duration_formatted} so far, {eta_formatted} to go`,
    etaBuffer: 5,
  });
  const done = progress.done[what] ?? 0;
  bar.start(batches * size, Math.min(done, batches) * size);
  try {
    for (let batch = done; batch < batches; batch += 1) {
      await run(batch);
      progress.done[what] = batch + 1;
      save(progress);
      bar.update((batch + 1) * size);
    }
  } finally {
    bar.stop();
  }
}

function requirePassed({ passed, failed }: Counts, again: string): void {
  if (failed > 0 || passed === 0) throw new CliError("A simulation failed. To rerun it:", `\n  ${again}`);
}

function simulateScenarios(seed: number, batch: number): Promise<Counts> {
  const env = { CONVERGENCE_SEED: String(seed + batch * BATCH_SEEDS), SCENARIOS: String(BATCH_SCENARIOS) };
  return simulate([SCENARIOS], env);
}

function simulate(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Counts> {
  return runSimulations(words, { env: { SOAK: "1", ...env }, show: "failures" });
}

const FILE = join(LOCAL, "soak.json");

const progressSchema = z.object({ seed: z.int(), done: z.record(z.string(), z.int()) });
type Progress = z.infer<typeof progressSchema>;

function newProgress(): Progress {
  return { seed: randomInt(2 ** 31), done: {} };
}

/** The progress of an earlier soak; new progress if there is none. */
function readProgress(): Progress {
  if (!existsSync(FILE)) return newProgress();
  return progressSchema.safeParse(JSON.parse(readFileSync(FILE, "utf8"))).data ?? newProgress();
}

function save(progress: Progress): void {
  writeFileSync(FILE, JSON.stringify(progress));
}

await main(soakProgram);
