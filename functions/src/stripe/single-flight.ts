/** Shares the result of async work among concurrent callers with the same key. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>();

  /** Joins the work in progress, or starts it. */
  join(key: string, run: () => Promise<T>): Promise<T> {
    const current = this.#flights.get(key);
    if (current) return current;
    const flight = run();
    this.#flights.set(key, flight);
    const end = (): void => void this.#flights.delete(key);
    flight.then(end, end);
    return flight;
  }
}
