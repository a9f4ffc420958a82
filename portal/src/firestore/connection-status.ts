/**
 * Whether data is up to date, from what Firestore's listeners report. navigator.onLine is no evidence: it is false
 * behind some VPNs while data flows, and true on networks without internet access.
 */
import { useEffect, useReducer } from "preact/hooks";

const cachedListeners = new Set<symbol>();
const subscribers = new Set<() => void>();

/** A listener briefly serves the cache while it refills its range, online too. */
const OFFLINE_DELAY_MS = 2_000;

let timer: ReturnType<typeof setTimeout> | undefined;
let offlineSince: Date | null = null;

/** A listener reports whether its data comes from the cache alone. */
export function reportFromCache(listener: symbol, isFromCache: boolean): void {
  if (isFromCache) cachedListeners.add(listener);
  else cachedListeners.delete(listener);
  if (cachedListeners.size === 0) {
    clearTimeout(timer);
    timer = undefined;
    setOfflineSince(null);
  } else if (timer === undefined) {
    const start = new Date();
    timer = setTimeout(() => setOfflineSince(start), OFFLINE_DELAY_MS);
  }
}

function setOfflineSince(since: Date | null): void {
  if (since === offlineSince) return;
  offlineSince = since;
  for (const update of subscribers) update();
}

/** When a listener lost the server; null while everything is up to date. */
export function useOfflineSince(): Date | null {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const update = (): void => redraw(undefined);
    subscribers.add(update);
    // It may have changed before this effect.
    update();
    return () => void subscribers.delete(update);
  }, []);
  return offlineSince;
}
