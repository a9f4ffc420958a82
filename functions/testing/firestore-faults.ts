/** What can go wrong between a process and Firestore (`testing/firestore-proxy.ts` makes it so). */

/** The gRPC statuses that Firestore answers with when it cannot serve a call. */
export const STATUS = {
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

export type Status = keyof typeof STATUS;

export interface Fault {
  /** `after`: Firestore has executed the call, and the caller does not get its response. Not for endless streams. */
  when: "before" | "after";
  /** So long the call, or its answer, is under way. */
  delayMs?: number;
  /** What the caller gets instead of Firestore's answer: another one, or the end of its connection with all that goes on in it. */
  answer?: Status | "cut";
}

/** Says what goes wrong with a call, if anything. `index` of 0 is the first call of this method since the policy is in force. */
export type FaultPolicy = (method: string, index: number) => Fault | undefined;

/** The methods that a server of ours uses; a listener of a browser's has `Listen` besides. */
const CALLED = new Set(["BatchGetDocuments", "BeginTransaction", "Commit", "Rollback", "RunQuery"]);

/** So slow, but not so slow that the callers give up. */
const DELAY_MS = [1, 5, 20, 100];

/**
 * Faults of every kind, of so many calls out of each one. The same seed makes the same faults where the calls come in the same order,
 * which only one caller at a time can promise.
 */
export function randomFaults(seed: number, rate: number, answers: readonly Status[] = STATUSES): FaultPolicy {
  const random = randomNumbers(seed);
  const oneOf = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(random() * choices.length)];
  return (method) => {
    if (!CALLED.has(method) || random() >= rate) return undefined;
    const when = random() < 0.5 ? "before" : "after";
    const kind = random();
    const delayMs = oneOf(DELAY_MS) ?? 0;
    if (kind < 0.2) return { when, delayMs };
    const answer = kind < 0.3 ? "cut" : oneOf(answers);
    return answer === undefined ? undefined : { when, answer };
  };
}

const STATUSES: readonly Status[] = ["DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL", "UNAVAILABLE"];

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
