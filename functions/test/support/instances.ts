import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isShuttingDown } from "../../tools/local/processes.ts";
import { type ServedFunction, serveFunction } from "../../tools/local/served-function.ts";

interface Instance extends ServedFunction {
  /** How many requests it has not answered yet, and how many it has. */
  underWay: number;
  answered: number;
}

/** Some instances of one function. Each is killed in the midst of requests, again and again, and another takes its place. */
export class Instances {
  readonly #serve: () => Promise<ServedFunction>;
  readonly #ready = new Set<Instance>();
  readonly #mayKill: () => boolean;
  /** How often one was killed that had requests under way. */
  kills = 0;
  /** How many requests those had in all. */
  interrupted = 0;

  /** `mayKill` is asked before each, and stands for it if it says yes. */
  constructor(target: string, firestore: string, env: NodeJS.ProcessEnv, mayKill: () => boolean) {
    this.#serve = () => serveFunction(target, firestore, { env });
    this.#mayKill = mayKill;
  }

  /** Starts so many, and kills and replaces them until no more are to be killed; the last ones are left to go on. */
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
      // At any moment of what it does for its first requests, or of what it is at.
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

  /** Sends something to one of them; to none, there is no answer, as there is none of one that dies. */
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

/** An instance is killed when it has answered so many requests, or fewer, or none. */
const MOST_ANSWERS = 20;
