import { useNow } from "./use-now.ts";
import type { Freshness } from "../firestore/revenue.ts";
import { ago } from "../time.ts";

const STALE_AFTER_MS = 3 * 3_600_000;

/** How fresh a franchisee's money is. */
export function FreshnessText({ freshness: { completeUntil, error } }: { freshness: Freshness }) {
  const now = useNow();
  if (!completeUntil) return <span class="fresh fresh-late">Not checked with Stripe yet</span>;
  const isLate = error !== null || now.getTime() - completeUntil.getTime() > STALE_AFTER_MS;
  return (
    <span class={isLate ? "fresh fresh-late" : "fresh"}>
      {error === null ? "Checked" : "Last complete check"} with Stripe{" "}
      <time dateTime={completeUntil.toISOString()}>{ago(completeUntil, now)}</time>
    </span>
  );
}
