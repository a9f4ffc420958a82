import { useEffect, useState } from "preact/hooks";

/**
 * The response to a request that is sent when the component appears, and again when `key`, which says what is
 * requested, changes.
 */
export function useRequest<T>(key: string, request: (signal: AbortSignal) => Promise<T>): T | "loading" | "failed" {
  const [result, setResult] = useState<{ of: string; is: T | "failed" } | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const set = (is: T | "failed"): void => {
      if (!signal.aborted) setResult({ of: key, is });
    };
    request(signal).then(set, () => set("failed"));
    return () => abort.abort();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` identifies the request
  }, [key]);
  return result?.of === key ? result.is : "loading";
}
