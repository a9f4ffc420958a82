import type { ComponentChildren } from "preact";
import type { Listened } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { lookAgain } from "../session.ts";

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
