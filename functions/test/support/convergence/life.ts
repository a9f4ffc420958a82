/** The process is gone: whatever it would have done after its last step, nothing of it happens. */
export class KilledError extends Error {
  override readonly name = "KilledError";
}

/**
 * A process that stops before each of its steps until it is let on: before it asks Stripe, before Stripe looks into its books for
 * it, before each commit. So whatever else happens can happen between any two of them, and it can die at any of them.
 */
export class Life {
  readonly #onError: (error: unknown) => void;
  #letOn: (() => void) | undefined;
  #arrived = Promise.withResolvers<void>();
  #isDead = false;
  #isOver = false;
  #waits = 0;

  /** Whoever starts it waits until it has come to its first step. */
  static async start(run: (life: Life) => Promise<unknown>, onError: (error: unknown) => void): Promise<Life> {
    const life = new Life(run, onError);
    await life.#arrived.promise;
    return life;
  }

  constructor(run: (life: Life) => Promise<unknown>, onError: (error: unknown) => void) {
    this.#onError = onError;
    void this.#live(run);
  }

  async #live(run: (life: Life) => Promise<unknown>): Promise<void> {
    try {
      await run(this);
    } catch (error) {
      if (!(error instanceof KilledError)) this.#onError(error);
    }
    this.#isOver = true;
    this.#arrived.resolve();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** It stands before a step, and does not wait for another process. */
  get canGoOn(): boolean {
    return this.#letOn !== undefined;
  }

  get isWaiting(): boolean {
    return this.#waits > 0;
  }

  /** Stands before a step until it is let on. */
  async stop(): Promise<void> {
    if (!this.#isDead) {
      await new Promise<void>((resolve) => {
        this.#letOn = resolve;
        this.#arrived.resolve();
      });
    }
    if (this.#isDead) throw new KilledError();
  }

  async step<T>(take: () => Promise<T>): Promise<T> {
    await this.stop();
    return take();
  }

  /** Waits for what another process finds out. */
  async await<T>(answer: Promise<T>): Promise<T> {
    this.#waits += 1;
    this.#arrived.resolve();
    try {
      return await answer;
    } finally {
      this.#waits -= 1;
      await this.stop();
    }
  }

  /** Lets it take one step, and come to the next. */
  async goOn(): Promise<void> {
    const letOn = this.#letOn;
    if (!letOn) return;
    this.#arrived = Promise.withResolvers();
    this.#letOn = undefined;
    letOn();
    await this.#arrived.promise;
  }

  /** What it is at does not happen any more. */
  async die(): Promise<void> {
    this.#isDead = true;
    await this.goOn();
  }
}
