import { type FaultPolicy, randomFaults, randomNumbers, STATUS } from "../../../testing/firestore-faults.ts";
import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import { AppError, codeOf } from "../../../src/errors.ts";
import { IncompleteSyncError } from "../../../src/jobs/sync/failures.ts";
import { LeaseLostError } from "../../../src/store/sync-state.ts";
import { isRefusal, StripeRequestError } from "../../../src/stripe/client.ts";

/** What goes wrong around a history, beside the deaths that are in it: with Firestore, with Stripe, and with the clocks. */
export class Troubles {
  /** So late is the clock of the second instance that takes webhooks. */
  readonly lagMs = 45_000;
  readonly firestore: FaultPolicy;
  readonly #random: () => number;
  readonly #rate: number;

  constructor(seed: number, rate: number) {
    this.firestore = randomFaults(seed, rate);
    this.#random = randomNumbers(seed);
    this.#rate = rate;
  }

  /** Now and then, one of the next questions to Stripe goes wrong. */
  strike(fake: FakeStripe): void {
    if (this.#random() >= this.#rate) return;
    const times = 1 + Math.floor(this.#random() * 4);
    const after = Math.floor(this.#random() * 3);
    const kinds = ["drop", { status: 500 }, { status: 503 }, { status: 429 }] as const;
    const kind = kinds[Math.floor(this.#random() * kinds.length)] ?? "drop";
    fake.inject({ kind, times, after });
  }
}

const ANSWERS: ReadonlySet<unknown> = new Set(Object.values(STATUS));

/** Whoever worked on something could not be served: a sender is answered 5xx, a task fails, and both come again. */
export function isTrouble(error: unknown): boolean {
  if (error instanceof AppError) return error.code === "unavailable";
  if (error instanceof StripeRequestError) return !isRefusal(error);
  return error instanceof IncompleteSyncError || error instanceof LeaseLostError || ANSWERS.has(codeOf(error));
}

/** What keeps going wrong for so many times does not come of troubles. */
const TRIES = 100;

/** Tries again as long as it comes of troubles, where there are any. */
export async function untilThrough<T>(troubles: Troubles | null, run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (!troubles || !isTrouble(error) || tries === TRIES) throw error;
    }
  }
}
