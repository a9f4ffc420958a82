import type { DocumentSnapshot, QuerySnapshot } from "firebase/firestore";

/**
 * How many documents the page has read, as Firestore bills them: one for each in a snapshot that is new or has changed, and
 * one for an answer with none. It stands on <html data-reads="…">, for tests.
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

let listeners = 0;

/** How many listeners are open: <html data-listeners="…">. Returns what to call when this one has been closed. */
export function countListener(): () => void {
  const tell = (change: number): void => {
    listeners += change;
    document.documentElement.dataset["listeners"] = String(listeners);
  };
  tell(1);
  return () => tell(-1);
}

export function resetReads(): void {
  reads = 0;
  document.documentElement.dataset["reads"] = "0";
}
