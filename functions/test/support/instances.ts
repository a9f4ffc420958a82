import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isShuttingDown } from "../../tools/local/processes.ts";
import { type ServedFunction, serveFunction } from "../../tools/local/served-function.ts";

interface Instance extends ServedFunction {
  /** The numbers of pending and completed requests. */
  pending: number;
  completed: number;
}

/** Instances of one function. Each is repeatedly killed while it serves requests, and replaced. */
export class Instances {
  readonly #serve: () => Promise<ServedFunction>;
  readonly #ready = new Set<Instance>();
  readonly #mayKill: () => boolean;
  /** How many instances were killed while they served requests. */
  kills = 0;
  /** How many requests the kills interrupted. */
  interrupted = 0;

  /** `mayKill` is called before each kill. */
  constructor(target: string, firestore: string, env: NodeJS.ProcessEnv, mayKill: () => boolean) {
    this.#serve = () => serveFunction(target, firestore, { env });
    this.#mayKill = mayKill;
  }

  /** Starts this many instances, and kills and replaces them while `mayKill` allows. The last ones keep running. */
  async run(many: number): Promise<void> {
    await Promise.all(Array.from({ length: many }, () => this.#runInstance()));
  }

  async #runInstance(): Promise<void> {
    for (;;) {
      const instance: Instance = { ...(await this.#serve()), pending: 0, completed: 0 };
      this.#ready.add(instance);
      if (isShuttingDown() || !this.#mayKill()) return;
      const responses = Math.floor(Math.random() ** 2 * MAX_RESPONSES);
      while (instance.completed < responses || instance.pending === 0) await sleep(1);
      // A random moment: while it serves its first requests, or later ones.
      await sleep(Math.random() * (responses === 0 ? 300 : 30));
      while (instance.pending === 0) await sleep(1);
      this.#ready.delete(instance);
      this.kills += 1;
      this.interrupted += instance.pending;
      if (instance.pid !== undefined) process.kill(instance.pid, "SIGKILL");
      await instance.ended;
      rmSync(instance.logFile);
    }
  }

  /** Sends a request to a random instance. Rejects if there is none, or if it is killed. */
  async send<T>(request: (url: string) => Promise<T>): Promise<T> {
    const all = [...this.#ready];
    const instance = all[Math.floor(Math.random() * all.length)];
    if (!instance) throw new Error("No instance is running.");
    instance.pending += 1;
    try {
      const answer = await request(instance.url);
      instance.completed += 1;
      return answer;
    } finally {
      instance.pending -= 1;
    }
  }
}

/** An instance is killed after at most this many responses. */
const MAX_RESPONSES = 20;
