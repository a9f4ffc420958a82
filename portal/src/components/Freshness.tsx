import type { Freshness } from "../firestore/revenue.ts";
import { ago } from "../time.ts";
import { useNow } from "./use-now.ts";

const STALE_AFTER_MS = 3 * 3_600_000;

/** When a franchisee's payments were last completely checked with Stripe. */
export function FreshnessText({ freshness: { completeUntil, error } }: { freshness: Freshness }) {
  const now = useNow();
  if (!completeUntil) return <span class="fresh fresh-stale">Not checked with Stripe yet</span>;
  const isStale = error !== null || now.getTime() - completeUntil.getTime() > STALE_AFTER_MS;
  return (
    <span class={isStale ? "fresh fresh-stale" : "fresh"}>
      {error === null ? "Checked" : "Last complete check"} with Stripe{" "}
      <time dateTime={completeUntil.toISOString()}>{ago(completeUntil, now)}</time>
    </span>
  );
}
