/** Small things that every view is made of. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useNow } from "./connection.ts";
import type { Totals } from "../../functions/src/domain/totals.ts";
import type { Listened } from "./listen.ts";
import { money } from "./money.ts";
import { lookAgain } from "./session.ts";
import { TEXT } from "./texts.ts";
import { ago } from "./time.ts";
import type { Freshness, Revenue } from "./totals.ts";

/** A view's heading, and the window's. It gets the focus when the view is opened: whoever does not see it knows where they are. */
export function Title({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
    document.title = `${heading.current?.textContent ?? ""} · ${TEXT.product}`;
  }, []);
  return (
    <h1 tabIndex={-1} ref={heading}>
      {children}
    </h1>
  );
}

export function Notice({ title, lead, children }: { title: string; lead?: string; children?: ComponentChildren }) {
  return (
    <div class="notice">
      <p class="notice-title">{title}</p>
      {lead === undefined ? null : <p>{lead}</p>}
      {children}
    </div>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      {TEXT.loading}
    </p>
  );
}

/** What a listener has brought, or what is in its way. */
export function Shown<T>({ listened, children }: { listened: Listened<T>; children: (data: T) => ComponentChildren }) {
  switch (listened.state) {
    case "loading":
      return <Loading />;
    case "ready":
      return <>{children(listened.data)}</>;
    case "refused":
    case "failed":
    default:
      return <Trouble isRefused={listened.state === "refused"} />;
  }
}

/** The rules have refused, or Firestore has failed: a listener that has ended is opened again with the page. */
export function Trouble({ isRefused }: { isRefused: boolean }) {
  return (
    <div role="alert">
      <Notice title={isRefused ? TEXT.refused : TEXT.failed}>
        <button type="button" onClick={() => (isRefused ? void lookAgain() : location.reload())}>
          {isRefused ? TEXT.lookAgain : TEXT.tryAgain}
        </button>
      </Notice>
    </div>
  );
}

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

/** An amount in each currency that there is, a line each. */
export function ByCurrency({ revenue, of }: { revenue: Revenue; of: (totals: Totals) => number }) {
  if (revenue.size === 0) return <>{TEXT.none}</>;
  return (
    <>
      {[...revenue].map(([currency, totals]) => (
        <span key={currency} class="line">
          {money(of(totals), currency)}
        </span>
      ))}
    </>
  );
}

/** A part of what is shown of a payment. */
export function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="part" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** A word with a colour, which says nothing that the word does not. */
export function Badge({ kind, children }: { kind: "good" | "bad" | "open" | "plain"; children: ComponentChildren }) {
  return <span class={`badge badge-${kind}`}>{children}</span>;
}

export function statusKind(status: string | null): "good" | "bad" | "open" | "plain" {
  if (status === "succeeded") return "good";
  return status === "canceled" ? "plain" : "open";
}

export function standingKind(standing: string, exception: string | null): "good" | "bad" | "plain" {
  if (exception === "open") return "bad";
  return standing === "matched" ? "good" : "plain";
}

/** At the end of a list of which `size` are asked for at the most, and never more than `all`. */
export function ShowMore(props: { found: number; size: number; all: number; onShow: () => void }) {
  const { found, size, all, onShow } = props;
  if (found < size) return null;
  if (size >= all) return <p class="list-end">The first {all} are shown, and no more.</p>;
  return (
    <p class="list-end">
      <button type="button" onClick={onShow}>
        {TEXT.showMore}
      </button>
    </p>
  );
}
