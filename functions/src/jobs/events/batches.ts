/** Admits no further items, and returns the admitted ones. */
export type Close<Item> = () => readonly Item[];

interface Batch<Item, T> {
  items: Item[];
  result: Promise<T>;
}

/**
 * Does the work for several items of a key at once. A batch admits items until its work closes it: each of them was
 * added before what the work does then. A key's batches run one after the other.
 */
export class Batches<Item, T> {
  /** The batch of each key that still admits items. */
  readonly #open = new Map<string, Batch<Item, T>>();
  /** The end of each key's last batch. */
  readonly #ends = new Map<string, Promise<void>>();

  /** Adds items to the open batch, or to a new one. `run` must close it. Returns the result of the batch's work. */
  add(key: string, items: readonly Item[], run: (close: Close<Item>) => Promise<T>): Promise<T> {
    const open = this.#open.get(key);
    if (open) {
      open.items.push(...items);
      return open.result;
    }
    const admitted = [...items];
    const close = (): readonly Item[] => {
      if (this.#open.get(key) === batch) this.#open.delete(key);
      return admitted;
    };
    const result = (this.#ends.get(key) ?? Promise.resolve()).then(() => run(close));
    const batch = { items: admitted, result };
    this.#open.set(key, batch);
    const end = (): void => {
      // Work that failed may not have closed it.
      close();
      if (this.#ends.get(key) === ended) this.#ends.delete(key);
    };
    const ended = result.then(end, end);
    this.#ends.set(key, ended);
    return result;
  }
}
