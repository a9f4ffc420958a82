/**
 * Shows in one frame what Firestore tells several listeners of one commit. Its client calls each of them in a task of its own, all
 * of them set before the first one runs: what is done after those is done when everybody has been told.
 */
const waiting: (() => void)[] = [];

export function together(show: () => void): void {
  if (waiting.push(show) > 1) return;
  setTimeout(() => {
    for (const next of waiting.splice(0)) {
      try {
        next();
      } catch (error) {
        // The others are shown all the same.
        reportError(error);
      }
    }
  }, 0);
}
