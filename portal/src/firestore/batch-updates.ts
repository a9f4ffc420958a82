/**
 * Renders the updates of several listeners about one commit in one frame. Firestore's client calls each listener in its
 * own task, all queued before the first runs, so a task queued by the first runs after the last.
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
