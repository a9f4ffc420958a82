/** Serialises async work per key. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs after all earlier work with any of these keys, whether it succeeded or failed. `hasWaited`: there was some.
   */
  runExclusive<T>(keys: readonly string[], run: (hasWaited: boolean) => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const ended = Promise.allSettled(before).then(() => run(before.length > 0));
    for (const key of keys) this.#last.set(key, ended);
    const release = (): void => {
      for (const key of keys) if (this.#last.get(key) === ended) this.#last.delete(key);
    };
    ended.then(release, release);
    return ended;
  }
}
