import type { ComponentChildren } from "preact";

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
