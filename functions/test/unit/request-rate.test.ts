import { RequestRate } from "../../src/stripe/request-rate.ts";

/** Stripe's side of the rate limit: at most so many requests in any second. */
class Limiter {
  readonly #sent: number[] = [];
  readonly #perSecond: number;
  rejected = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  accepts(now: number): boolean {
    while (this.#sent[0] !== undefined && this.#sent[0] <= now - 1_000) this.#sent.shift();
    if (this.#sent.length >= this.#perSecond) {
      this.rejected += 1;
      return false;
    }
    this.#sent.push(now);
    return true;
  }
}

/** Sends so many requests as fast as the rate allows, each until it is accepted. Returns the milliseconds it took. */
function sendAll(rate: RequestRate, limiter: Limiter, requests: number, start = 0): number {
  let now = start;
  for (let accepted = 0; accepted < requests;) {
    for (let waitMs = rate.take(now); waitMs > 0; waitMs = rate.take(now)) now += Math.max(1, waitMs);
    if (limiter.accepts(now)) accepted += 1;
    else rate.slowDown(now);
  }
  return now - start;
}

const WEBHOOK = { perSecond: 20, maxPerSecond: 300, burst: 5 };

describe("the rate of requests", () => {
  it("is what its settings say where it may not grow", () => {
    const rate = new RequestRate({ perSecond: 8, maxPerSecond: 8, burst: 1 });
    // The first at once, and then one each 125 ms.
    expect(sendAll(rate, new Limiter(1_000), 81)).toBeCloseTo(80 * 125, 3);
  });

  it("doubles each second in which requests wait, up to its maximum", () => {
    const rate = new RequestRate(WEBHOOK);
    // 5 at once; then 20, 40, 80 and 160 in the first four seconds, and 300 in each second after that.
    const ms = sendAll(rate, new Limiter(1_000), 5 + 20 + 40 + 80 + 160 + 3_000);
    expect(ms).toBeGreaterThan(12_000);
    expect(ms).toBeLessThan(16_000);
    expect(rate.perSecond).toBe(300);
  });

  it("says how long a request will wait behind others", () => {
    const rate = new RequestRate(WEBHOOK);
    expect(rate.waitMs(0, 0)).toBe(0);
    expect(rate.waitMs(4, 0)).toBe(0);
    expect(rate.waitMs(24, 0)).toBe(1_000);
    for (let taken = 0; taken < 5; taken += 1) rate.take(0);
    expect([0, 9].map((ahead) => rate.waitMs(ahead, 0))).toEqual([50, 500]);
    expect(rate.waitMs(9, 100)).toBe(400);
    // At half the rate, after a pause.
    rate.slowDown(100);
    expect(rate.waitMs(0, 100)).toBe(350);
  });

  it("does not grow while nothing waits", () => {
    const rate = new RequestRate(WEBHOOK);
    for (let now = 0; now < 60_000; now += 100) expect(rate.take(now)).toBe(0);
    expect(rate.perSecond).toBe(20);
  });

  it.each([25, 60, 100])("finds Stripe's limit of %d a second, and stays below it", (perSecond) => {
    const rate = new RequestRate(WEBHOOK);
    const limiter = new Limiter(perSecond);
    const ms = sendAll(rate, limiter, 1_000);
    // At least 70 % of what Stripe allows, and fewer than one rejection in twenty.
    expect(ms).toBeLessThan(1_000_000 / perSecond / 0.7 + 5_000);
    expect(limiter.rejected).toBeLessThan(50);
  });

  it("halves once for the rejections of a second, and never falls below one a second", () => {
    const rate = new RequestRate(WEBHOOK);
    rate.slowDown(0);
    rate.slowDown(10);
    rate.slowDown(999);
    expect(rate.perSecond).toBe(10);
    for (let now = 1_000; now < 20_000; now += 1_000) rate.slowDown(now);
    expect(rate.perSecond).toBe(1);
  });

  it("doubles up to half of the rejected rate, and then grows by a tenth of that a second", () => {
    const rate = new RequestRate({ perSecond: 80, maxPerSecond: 300, burst: 1 });
    rate.slowDown(0);
    rate.slowDown(1_000);
    expect(rate.perSecond).toBe(20);
    // 20 a second for a second, and then 22, 24, 26 and so on.
    sendAll(rate, new Limiter(10_000), 20 + 22 + 24 + 26, 1_250);
    expect(rate.perSecond).toBeCloseTo(28, 1);
  });

  it("recovers within a minute from seconds of rejections", () => {
    const rate = new RequestRate(WEBHOOK);
    for (let now = 0; now <= 6_000; now += 1_000) rate.slowDown(now);
    expect(rate.perSecond).toBe(1);
    // 1 a second, then 3, 5, 7 and so on for half a minute, and then twice as many each second.
    sendAll(rate, new Limiter(10_000), 3_000, 6_250);
    expect(rate.perSecond).toBe(300);
    expect(sendAll(new RequestRate(WEBHOOK), new Limiter(10_000), 3_000)).toBeLessThan(60_000);
  });
});
