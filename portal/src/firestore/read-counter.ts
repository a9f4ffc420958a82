import type { DocumentSnapshot, QuerySnapshot } from "firebase/firestore";

/**
 * Document reads, as Firestore bills them: one per new or changed document, and one for an empty result. Tests read the
 * number from <html data-reads="…">.
 */
let reads = 0;

export function countReads(snapshot: QuerySnapshot | DocumentSnapshot, isFirst: boolean): void {
  if ("docs" in snapshot) {
    const changes = snapshot.docChanges().filter(({ type }) => type !== "removed").length;
    reads += changes > 0 ? changes : Number(isFirst && snapshot.empty && !snapshot.metadata.fromCache);
  } else {
    reads += 1;
  }
  document.documentElement.dataset["reads"] = String(reads);
}

/** Adds the read that a count of up to 1,000 documents costs. */
export function countAggregate(): void {
  reads += 1;
  document.documentElement.dataset["reads"] = String(reads);
}

export function resetReads(): void {
  reads = 0;
  document.documentElement.dataset["reads"] = "0";
}

let listeners = 0;

/** Counts an open listener in <html data-listeners="…">. Returns the function to call when it closes. */
export function countListener(): () => void {
  const add = (change: number): void => {
    listeners += change;
    document.documentElement.dataset["listeners"] = String(listeners);
  };
  add(1);
  return () => add(-1);
}
