/** Whether what is shown is up to date: the browser is online, and every listener hears the server. */
import { useEffect, useState } from "preact/hooks";

const unheard = new Set<string>();
const watchers = new Set<() => void>();

/** A listener says whether what it shows comes from memory alone. */
export function tellFromCache(listener: string, isFromCache: boolean): void {
  if (isFromCache === unheard.has(listener)) return;
  if (isFromCache) unheard.add(listener);
  else unheard.delete(listener);
  for (const look of watchers) look();
}

/** A listener that fetches what has moved into its range shows the cache for a moment, with the best of connections. */
const PATIENCE_MS = 2_000;

/** Since when the page has not been up to date; null where it is. */
export function useOfflineSince(): Date | null {
  const [since, setSince] = useState<Date | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isOffline = (): void => setSince((before) => before ?? new Date());
    const look = (): void => {
      if (!navigator.onLine) isOffline();
      else if (unheard.size > 0) timer ??= setTimeout(isOffline, PATIENCE_MS);
      else {
        clearTimeout(timer);
        timer = undefined;
        setSince(null);
      }
    };
    look();
    watchers.add(look);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      clearTimeout(timer);
      watchers.delete(look);
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return since;
}
