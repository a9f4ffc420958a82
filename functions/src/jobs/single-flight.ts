/**
 * Shares answers among those who ask the same at nearly the same time. Whoever asks gets the answer to a question that was
 * asked after they came, so a burst costs two: the one that is under way when the rest of it arrives, and one more for all of
 * these.
 */
export class SingleFlight<Question, T> {
  readonly #ask: (question: Question) => Promise<T>;
  readonly #keyOf: (question: Question) => string;
  readonly #underWay = new Map<string, { current: Promise<T>; next: Promise<T> | null }>();

  constructor(ask: (question: Question) => Promise<T>, keyOf: (question: Question) => string) {
    this.#ask = ask;
    this.#keyOf = keyOf;
  }

  get(question: Question): Promise<T> {
    const known = this.#underWay.get(this.#keyOf(question));
    if (!known) return this.#begin(question);
    const begin = (): Promise<T> => this.#begin(question);
    known.next ??= known.current.then(begin, begin);
    return known.next;
  }

  #begin(question: Question): Promise<T> {
    const key = this.#keyOf(question);
    const current = this.#ask(question);
    const entry: { current: Promise<T>; next: Promise<T> | null } = { current, next: null };
    this.#underWay.set(key, entry);
    const end = (): void => {
      // Where somebody waits for the next one, that takes its place.
      if (entry.next === null) this.#underWay.delete(key);
    };
    current.then(end, end);
    return current;
  }
}
