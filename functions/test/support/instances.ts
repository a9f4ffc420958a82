import { rmSync } from "node:fs";
import { isShuttingDown, sleep } from "../../tools/local/processes.ts";
import { type ServedFunction, serveFunction } from "../../tools/local/served-function.ts";

interface Instance extends ServedFunction {
  /** The numbers of pending and completed requests. */
  underWay: number;
  answered: number;
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
  async live(many: number): Promise<void> {
    await Promise.all(Array.from({ length: many }, () => this.#liveOn()));
  }

  async #liveOn(): Promise<void> {
    for (;;) {
      const instance: Instance = { ...(await this.#serve()), underWay: 0, answered: 0 };
      this.#ready.add(instance);
      if (isShuttingDown() || !this.#mayKill()) return;
      const answers = Math.floor(Math.random() ** 2 * MOST_ANSWERS);
      while (instance.answered < answers || instance.underWay === 0) await sleep(1);
      // A random moment: while it serves its first requests, or later ones.
      await sleep(Math.random() * (answers === 0 ? 300 : 30));
      while (instance.underWay === 0) await sleep(1);
      this.#ready.delete(instance);
      this.kills += 1;
      this.interrupted += instance.underWay;
      if (instance.pid !== undefined) process.kill(instance.pid, "SIGKILL");
      await instance.ended;
      rmSync(instance.logFile);
    }
  }

  /** Sends a request to a random instance. Rejects if there is none, or if it is killed. */
  async send<T>(request: (url: string) => Promise<T>): Promise<T> {
    const all = [...this.#ready];
    const instance = all[Math.floor(Math.random() * all.length)];
    if (!instance) throw new Error("There is no instance at the moment.");
    instance.underWay += 1;
    try {
      const answer = await request(instance.url);
      instance.answered += 1;
      return answer;
    } finally {
      instance.underWay -= 1;
    }
  }
}

/** An instance is killed after at most this many responses. */
const MOST_ANSWERS = 20;
