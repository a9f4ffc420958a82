import { randomInt } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LOCAL } from "../cli/paths.ts";

const FILE = join(LOCAL, "soak.json");

const schema = z.object({ seed: z.int(), done: z.record(z.string(), z.int()) });

/** What of a soak is done, in a file, so that a soak that was stopped goes on. */
export class SoakProgress {
  readonly #state: z.infer<typeof schema>;

  private constructor(state: z.infer<typeof schema>) {
    this.#state = state;
    this.#save();
  }

  static begin(): SoakProgress {
    return new SoakProgress({ seed: randomInt(2 ** 31), done: {} });
  }

  /** Begins where there is nothing to go on with, or nothing that can be read. */
  static resume(): SoakProgress {
    if (!existsSync(FILE)) return SoakProgress.begin();
    const state = schema.safeParse(JSON.parse(readFileSync(FILE, "utf8")));
    return state.success ? new SoakProgress(state.data) : SoakProgress.begin();
  }

  get seed(): number {
    return this.#state.seed;
  }

  /** How many batches of something. */
  done(what: string): number {
    return this.#state.done[what] ?? 0;
  }

  /** One more is. */
  add(what: string): void {
    this.#state.done[what] = this.done(what) + 1;
    this.#save();
  }

  #save(): void {
    writeFileSync(FILE, JSON.stringify(this.#state));
  }
}
