interface Flight<T> {
  current: Promise<T>;
  next: Promise<T> | null;
}

/** Shares the result of async work among concurrent callers with the same key. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Joins the work in progress, or starts it. */
  join(key: string, run: () => Promise<T>): Promise<T> {
    return this.#flights.get(key)?.current ?? this.#start(key, run);
  }

  /**
   * Starts the work, or joins the run that starts when the one in progress ends: each caller gets the result of a run
   * that started after the call. A burst costs two runs.
   */
  joinNext(key: string, run: () => Promise<T>): Promise<T> {
    const flight = this.#flights.get(key);
    if (!flight) return this.#start(key, run);
    const start = (): Promise<T> => this.#start(key, run);
    flight.next ??= flight.current.then(start, start);
    return flight.next;
  }

  #start(key: string, run: () => Promise<T>): Promise<T> {
    const flight: Flight<T> = { current: run(), next: null };
    this.#flights.set(key, flight);
    const end = (): void => {
      // The next run replaces the entry.
      if (flight.next === null) this.#flights.delete(key);
    };
    flight.current.then(end, end);
    return flight.current;
  }
}
