import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useOfflineSince } from "../firestore/connection-status.ts";
import { onFirstResult } from "../firestore/use-firestore.ts";
import type * as LaterViews from "../views/later.ts";
import { ErrorNotice, Loading } from "./states.tsx";

type Views = typeof LaterViews;

const load = (): Promise<Views> => import("../views/later.ts");

/** After the first figures, which it must not slow down. */
const PAUSE_MS = 1_500;

/** Loads the later views ahead of their use, so that they also open without a connection. */
export function useLaterViews(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onFirstResult(() => {
      timer = setTimeout(() => {
        // A view that is opened reports the failure.
        load().catch(() => undefined);
      }, PAUSE_MS);
    });
    return () => {
      stop();
      // Nothing is requested after signing out.
      clearTimeout(timer);
    };
  }, []);
}

/** A later view, once it is loaded. */
export function Later({ children }: { children: (views: Views) => ComponentChildren }) {
  const [state, setState] = useState<Views | "loading" | "failed">("loading");
  useEffect(() => {
    let isShown = true;
    const show = (next: Views | "failed"): void => {
      if (isShown) setState(next);
    };
    load().then(show, () => show("failed"));
    return () => {
      isShown = false;
    };
  }, []);
  if (state === "loading") return <Loading />;
  return state === "failed" ? <NotLoaded /> : <>{children(state)}</>;
}

/** Browsers do not load a module again that failed once, except after a reload, which keeps the address. */
function NotLoaded() {
  const isOffline = useOfflineSince() !== null;
  const [wasOffline, setWasOffline] = useState(isOffline);
  useEffect(() => {
    if (isOffline) setWasOffline(true);
    else if (wasOffline) location.reload();
  }, [isOffline, wasOffline]);
  return isOffline ? <Loading /> : <ErrorNotice isDenied={false} />;
}
