export interface RateLimits {
  /** Requests per second at first. */
  perSecond: number;
  /** Requests per second at most. */
  maxPerSecond: number;
  /** Requests at once after a pause. */
  burst: number;
}

/** For a Stripe without rate limits: tests and tools. */
export const UNLIMITED: RateLimits = { perSecond: 1e9, maxPerSecond: 1e9, burst: 1e9 };

const MIN_PER_SECOND = 1;

/** The least time between two changes of the rate, in milliseconds: limits are per second. */
const SETTLING_MS = 1_000;

/** After so many milliseconds without a 429 the rate doubles again. */
const RECOVERY_MS = 30_000;

/** How long no request is sent after a 429, in milliseconds. */
const PAUSE_MS = 250;

/**
 * A token bucket whose rate follows what Stripe allows, which differs by account, mode and endpoint
 * (https://docs.stripe.com/rate-limits): it halves after a 429, and grows in each second in which requests have to
 * wait: it doubles up to half of the last rejected rate, and then adds a tenth of that. After half a minute
 * without a 429 it doubles again. Times are in milliseconds, of a clock that never goes back.
 */
export class RequestRate {
  readonly #limits: RateLimits;
  #perSecond: number;
  #tokens: number;
  #refilledAt = -Infinity;
  #changedAt = -Infinity;
  #slowedAt = -Infinity;
  #slowFrom = Infinity;

  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.#perSecond = limits.perSecond;
    this.#tokens = limits.burst;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Takes a token, and returns 0; or returns how long to wait before trying again. */
  take(now: number): number {
    this.#refill(now);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    this.#accelerate(now);
    return (1_000 * (1 - this.#tokens)) / this.#perSecond;
  }

  /** How long a request will wait for its token behind others, at the present rate. */
  waitMs(ahead: number, now: number): number {
    this.#refill(now);
    return Math.max(0, (1_000 * (ahead + 1 - this.#tokens)) / this.#perSecond);
  }

  /** Stripe rejected a request with a 429. Others of the same second were sent at the same rate. */
  slowDown(now: number): void {
    this.#refill(now);
    if (now - this.#slowedAt >= SETTLING_MS) {
      this.#slowedAt = now;
      this.#change(Math.max(MIN_PER_SECOND, this.#perSecond / 2), now);
      this.#slowFrom = this.#perSecond;
    }
    this.#tokens = Math.min(this.#tokens, (-this.#perSecond * PAUSE_MS) / 1_000);
  }

  #refill(now: number): void {
    const earned = ((now - Math.max(this.#refilledAt, 0)) * this.#perSecond) / 1_000;
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + Math.max(0, earned));
    this.#refilledAt = now;
  }

  #accelerate(now: number): void {
    if (now - this.#changedAt < SETTLING_MS) return;
    if (now - this.#slowedAt >= RECOVERY_MS) this.#slowFrom = Infinity;
    const grown =
      this.#perSecond < this.#slowFrom ? 2 * this.#perSecond : this.#perSecond + Math.max(2, this.#slowFrom / 10);
    this.#change(Math.min(grown, this.#limits.maxPerSecond), now);
  }

  #change(perSecond: number, now: number): void {
    this.#perSecond = perSecond;
    this.#changedAt = now;
  }
}
