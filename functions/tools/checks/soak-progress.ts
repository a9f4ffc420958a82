import { randomInt } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LOCAL } from "../cli/paths.ts";

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
