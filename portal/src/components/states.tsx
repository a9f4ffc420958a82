import type { ComponentChildren } from "preact";
import { useOfflineSince } from "../firestore/connection-status.ts";
import type { QueryResult } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { refreshAccess } from "../session.ts";

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
      <LoadingText />
    </p>
  );
}

/** What cannot load without a connection says so. */
export function LoadingText() {
  return <>{useOfflineSince() ? TEXT.needsConnection : TEXT.loading}</>;
}

interface QueryStateProps<T> {
  result: QueryResult<T>;
  children: (data: T) => ComponentChildren;
}

/** Renders the data of a query, or its state until there is data. */
export function QueryState<T>({ result, children }: QueryStateProps<T>) {
  if (result.state === "ready") return <>{children(result.data)}</>;
  return result.state === "loading" ? <Loading /> : <ErrorNotice isDenied={result.state === "denied"} />;
}

/** Offers a reload, which opens a failed listener again. */
export function ErrorNotice({ isDenied }: { isDenied: boolean }) {
  return (
    <div role="alert">
      <Notice title={isDenied ? TEXT.accessRevoked : TEXT.failed}>
        <button type="button" onClick={() => (isDenied ? void refreshAccess() : location.reload())}>
          {isDenied ? TEXT.refreshAccess : TEXT.tryAgain}
        </button>
      </Notice>
    </div>
  );
}
