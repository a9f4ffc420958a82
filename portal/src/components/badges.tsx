import type { ComponentChildren } from "preact";

type Kind = "good" | "bad" | "open" | "plain";

/** The colour only repeats what the text says. */
export function Badge({ kind, children }: { kind: Kind; children: ComponentChildren }) {
  return <span class={`badge badge-${kind}`}>{children}</span>;
}

export function statusKind(status: string | null): Kind {
  if (status === "succeeded") return "good";
  return status === "canceled" ? "plain" : "open";
}

export function reconciliationKind(status: string, exception: string | null): Kind {
  if (exception === "open") return "bad";
  return status === "matched" ? "good" : "plain";
}
