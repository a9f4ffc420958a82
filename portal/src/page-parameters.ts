/**
 * What a page shows, in the URL after its route: `#/acct_…?period=2025-11&has=refund`. So Back, a reload and a second
 * tab show the same. Only words and dates of the page's own controls, never names.
 */
import { useEffect, useState } from "preact/hooks";

const ROUTE_END = "?";

/** The route of a URL's hash, without its parameters. */
export function routePart(hash: string): string {
  return hash.split(ROUTE_END, 1)[0] ?? "";
}

/** The present page's parameters, as they are added to a link: with `?`, or empty. */
export function currentParameters(): string {
  return location.hash.slice(routePart(location.hash).length);
}

export interface PageParameters {
  get: (name: string) => string | null;
  /**
   * Null removes a parameter. A change can be undone with Back, except for one that is being typed, which replaces the
   * one before.
   */
  set: (changes: Readonly<Record<string, string | null>>, isTyped?: boolean) => void;
}

export function usePageParameters(): PageParameters {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = (): void => setHash(location.hash);
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  const parameters = new URLSearchParams(hash.slice(routePart(hash).length));
  return {
    get: (name) => parameters.get(name),
    set: (changes, isTyped = false) => {
      const next = new URLSearchParams(currentParameters());
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) next.delete(name);
        else next.set(name, value);
      }
      const text = next.toString();
      const address = `${routePart(location.hash)}${text === "" ? "" : `${ROUTE_END}${text}`}`;
      if (address === location.hash) return;
      if (isTyped) location.replace(address);
      else location.hash = address;
      // The browser announces it later, and another change may follow before.
      setHash(location.hash);
    },
  };
}
