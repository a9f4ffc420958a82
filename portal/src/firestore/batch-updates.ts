/**
 * Renders in one frame what Firestore tells several listeners about one commit. Firestore's client calls each listener
 * in a task of its own, all queued before the first runs; a task queued by the first therefore runs after the last.
 */
const queue: (() => void)[] = [];

export function batchUpdate(update: () => void): void {
  if (queue.push(update) > 1) return;
  setTimeout(() => {
    for (const next of queue.splice(0)) {
      try {
        next();
      } catch (error) {
        // One failure does not stop the others.
        reportError(error);
      }
    }
  }, 0);
}
