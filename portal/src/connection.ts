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

/** Since when the page has not been up to date; null where it is. */
export function useOfflineSince(): Date | null {
  const [since, setSince] = useState<Date | null>(null);
  useEffect(() => {
    const look = (): void => {
      const isOffline = !navigator.onLine || unheard.size > 0;
      setSince((before) => (isOffline ? (before ?? new Date()) : null));
    };
    look();
    watchers.add(look);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      watchers.delete(look);
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return since;
}

/** The time, for as long as somebody looks at how long ago things were. */
export function useNow(everyMs = 30_000): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
