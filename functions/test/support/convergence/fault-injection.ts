import { type FaultPolicy, randomFaults, randomNumbers, STATUS } from "../../../testing/firestore-faults.ts";
import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import { AppError, codeOf } from "../../../src/errors.ts";
import { IncompleteSyncError } from "../../../src/jobs/sync/failures.ts";
import { LeaseLostError } from "../../../src/store/sync-state.ts";
import { isRejected, StripeRequestError } from "../../../src/stripe/client.ts";

/** Injects failures of Firestore and Stripe, and clock skew, into a simulation. */
export class FaultInjection {
  /** How late the clock of the second webhook instance is. */
  readonly clockLagMs = 45_000;
  readonly firestore: FaultPolicy;
  readonly #random: () => number;
  readonly #rate: number;

  constructor(seed: number, rate: number) {
    this.firestore = randomFaults(seed, rate);
    this.#random = randomNumbers(seed);
    this.#rate = rate;
  }

  /** Sometimes makes one of the next requests to Stripe fail. */
  injectInto(fake: FakeStripe): void {
    if (this.#random() >= this.#rate) return;
    const times = 1 + Math.floor(this.#random() * 4);
    const after = Math.floor(this.#random() * 3);
    const kinds = ["drop", { status: 500 }, { status: 503 }, { status: 429 }] as const;
    const kind = kinds[Math.floor(this.#random() * kinds.length)] ?? "drop";
    fake.inject({ kind, times, after });
  }
}

const GRPC_STATUSES: ReadonlySet<unknown> = new Set(Object.values(STATUS));

/** Whether injected faults explain the error: a sender gets a 5xx, a task fails, and both retry. */
export function isInjectedFault(error: unknown): boolean {
  if (error instanceof AppError) return error.code === "unavailable";
  if (error instanceof StripeRequestError) return !isRejected(error);
  return error instanceof IncompleteSyncError || error instanceof LeaseLostError || GRPC_STATUSES.has(codeOf(error));
}

/** Injected faults do not explain so many failures in a row. */
const TRIES = 100;

/** Retries while injected faults explain the failure; without fault injection it tries once. */
export async function retryFaults<T>(faults: FaultInjection | null, run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (!faults || !isInjectedFault(error) || tries === TRIES) throw error;
    }
  }
}
