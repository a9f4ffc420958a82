import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { SingleBar } from "cli-progress";
import { randomInt } from "node:crypto";
import { z } from "zod";
import { buildFunctions } from "../local/build.ts";
import { type Counts, printCounts, runProofs } from "./run-tests.ts";
import { CliError } from "../cli/cli-error.ts";
import { FUNCTIONS, LOCAL } from "../cli/paths.ts";
import { examples, main, newProgram, wholeNumber } from "../cli/program.ts";
import { withServices } from "../local/processes.ts";

/** In each run, on an emulator of its own; progress is saved after each. */
const HISTORIES_AT_ONCE = 500;
const KILLS_AT_ONCE = 50;

const HISTORIES = "convergence-faults";
const KILLS = "kills";

/** A batch of histories uses several seeds. */
const SEEDS = 1_000;

const soakProgram = newProgram(
  "npm run soak --",
  "Run the proofs at their full size: minutes to hours. Ctrl-C stops it, and the same command resumes it. Exit code 0: all holds; 1: not.",
)
  .argument("[word...]", "Run the proofs whose path holds a word, from their beginning.")
  .option("--histories <n>", "How many random histories through failures.", wholeNumber(0), 10_000)
  .option("--kills <n>", "How many kills in mid-request.", wholeNumber(0), 1_000)
  .option("--fresh", "Start over, with another seed.")
  .option("--seed <n>", "With --batch: run one batch of histories again.", wholeNumber(0, 2 ** 31))
  .option("--batch <n>", "With --seed.", wholeNumber(0))
  .addHelpText(
    "after",
    examples("npm run soak -- --histories 1000", "npm run soak -- --seed 123 --batch 7", "npm run soak -- totals"),
  )
  .action(async (words, { histories, kills, fresh, seed, batch }) => {
    if ((seed === undefined) !== (batch === undefined)) throw new CliError("--seed and --batch go together.");
    await withServices(async () => {
      buildFunctions();
      if (words.length > 0) printCounts(await prove(words));
      else if (seed !== undefined && batch !== undefined) printCounts(await proveHistories(seed, batch));
      else await soak(histories, kills, fresh === true ? SoakProgress.begin() : SoakProgress.resume());
    });
  });

async function soak(histories: number, kills: number, soaked: SoakProgress): Promise<void> {
  const { seed } = soaked;
  console.log(`Seed ${seed}.`);
  await inBatches("histories", Math.ceil(histories / HISTORIES_AT_ONCE), HISTORIES_AT_ONCE, soaked, async (batch) => {
    requirePassed(await proveHistories(seed, batch), `npm run soak -- --seed ${seed} --batch ${batch}`);
  });
  await inBatches("kills", Math.ceil(kills / KILLS_AT_ONCE), KILLS_AT_ONCE, soaked, async () => {
    requirePassed(await prove([KILLS], { KILLS: String(KILLS_AT_ONCE) }), `npm run soak -- ${KILLS}`);
  });
  const others = readdirSync(join(FUNCTIONS, "test/simulation"))
    .map((file) => basename(file, ".test.ts"))
    .filter((name) => name !== HISTORIES && name !== KILLS);
  await inBatches("other proofs", others.length, 1, soaked, async (index) => {
    const name = others[index] ?? "";
    requirePassed(await prove([`simulation/${name}.test.ts`]), `npm run soak -- simulation/${name}.test.ts`);
  });
  console.log(
    `\nAll of it holds: ${histories} histories, ${kills} kills, ${others.length} other proofs (seed ${seed}).`,
  );
}

/** Runs the batches that have not been run, behind a progress bar. */
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

await main(soakProgram);

const FILE = join(LOCAL, "soak.json");

const schema = z.object({ seed: z.int(), done: z.record(z.string(), z.int()) });

/** The progress of a soak, in a file, so that it can be resumed. */
export class SoakProgress {
  readonly #state: z.infer<typeof schema>;

  private constructor(state: z.infer<typeof schema>) {
    this.#state = state;
    this.#save();
  }

  static begin(): SoakProgress {
    return new SoakProgress({ seed: randomInt(2 ** 31), done: {} });
  }

  /** Starts over where there is nothing to resume. */
  static resume(): SoakProgress {
    if (!existsSync(FILE)) return SoakProgress.begin();
    const state = schema.safeParse(JSON.parse(readFileSync(FILE, "utf8")));
    return state.success ? new SoakProgress(state.data) : SoakProgress.begin();
  }

  get seed(): number {
    return this.#state.seed;
  }

  done(what: string): number {
    return this.#state.done[what] ?? 0;
  }

  add(what: string): void {
    this.#state.done[what] = this.done(what) + 1;
    this.#save();
  }

  #save(): void {
    writeFileSync(FILE, JSON.stringify(this.#state));
  }
}
