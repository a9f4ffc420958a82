import { useEffect, useState } from "preact/hooks";

const cachedListeners = new Set<string>();
const subscribers = new Set<() => void>();

/** A listener reports whether its data comes from the cache alone. */
export function reportFromCache(listener: string, isFromCache: boolean): void {
  if (isFromCache === cachedListeners.has(listener)) return;
  if (isFromCache) cachedListeners.add(listener);
  else cachedListeners.delete(listener);
  for (const update of subscribers) update();
}

/** A listener briefly serves the cache while it refills its range, online too. */
const OFFLINE_DELAY_MS = 2_000;

/** When the page went offline, or a listener lost the server; null while everything is up to date. */
export function useOfflineSince(): Date | null {
  const [since, setSince] = useState<Date | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const setOffline = (): void => setSince((before) => before ?? new Date());
    const update = (): void => {
      if (!navigator.onLine) setOffline();
      else if (cachedListeners.size > 0) timer ??= setTimeout(setOffline, OFFLINE_DELAY_MS);
      else {
        clearTimeout(timer);
        timer = undefined;
        setSince(null);
      }
    };
    update();
    subscribers.add(update);
    addEventListener("online", update);
    addEventListener("offline", update);
    return () => {
      clearTimeout(timer);
      subscribers.delete(update);
      removeEventListener("online", update);
      removeEventListener("offline", update);
    };
  }, []);
  return since;
}
