/**
 * Lets those who are about the same thing go one after the other. Commits of one document that run side by side do not go wrong,
 * but Firestore turns all but one away, and each of these reads again, and tries again.
 */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs it as soon as all who came before for one of these keys are through, however that went. */
  runExclusive<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const turn = Promise.allSettled(before).then(run);
    for (const key of keys) this.#last.set(key, turn);
    const leave = (): void => {
      for (const key of keys) if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(leave, leave);
    return turn;
  }
}
