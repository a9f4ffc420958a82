/** The gRPC statuses of a call that Firestore cannot serve. */
export const STATUS = {
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export type Status = keyof typeof STATUS;

export interface Fault {
  /** `after`: Firestore executes the call, but the caller does not learn of it. Not for endless streams. */
  when: "before" | "after";
  delayMs?: number;
  /** Replaces the response: another status, or `cut`, which ends the connection with all its calls. */
  outcome?: Status | "cut";
}

/** Chooses a call's fault; `index` counts this method's calls since the policy was set. */
export type FaultPolicy = (method: string, index: number) => Fault | undefined;

/** The methods that the functions call. */
const CALLED = new Set(["BatchGetDocuments", "BeginTransaction", "Commit", "Rollback", "RunQuery"]);

/** Shorter than any caller's timeout. */
const DELAY_MS = [1, 5, 20, 100];

/** Random faults at this rate. A seed repeats them for calls in the same order, as from one caller at a time. */
export function randomFaults(seed: number, rate: number, statuses: readonly Status[] = RANDOM_STATUSES): FaultPolicy {
  const random = randomNumbers(seed);
  const oneOf = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(random() * choices.length)];
  return (method) => {
    if (!CALLED.has(method) || random() >= rate) return undefined;
    const when = random() < 0.5 ? "before" : "after";
    const kind = random();
    const delayMs = oneOf(DELAY_MS) ?? 0;
    if (kind < 0.2) return { when, delayMs };
    const outcome = kind < 0.3 ? "cut" : oneOf(statuses);
    return outcome === undefined ? undefined : { when, outcome };
  };
}

export const RANDOM_STATUSES: readonly Status[] = [
  "DEADLINE_EXCEEDED",
  "RESOURCE_EXHAUSTED",
  "ABORTED",
  "INTERNAL",
  "UNAVAILABLE",
];

/** A seeded generator of numbers from 0 to 1: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
