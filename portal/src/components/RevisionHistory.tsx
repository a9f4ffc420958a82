import { useEffect, useState } from "preact/hooks";
import { readRevisions, type Revision } from "../api.ts";
import { money } from "../money.ts";
import { Loading } from "./states.tsx";
import { Part } from "./headings.tsx";
import type { Payment } from "../firestore/transaction.ts";
import type { SignedIn } from "../session.ts";
import { DEFAULT_CURRENCY, TIME_ZONE } from "../settings.ts";
import { statusText, TEXT } from "../messages.ts";
import { dateAndTime } from "../time.ts";

/** What the payment said before each of its changes, and why it was changed. The rules give this to nobody: the API does. */
export function History({ session, payment }: { session: SignedIn; payment: Payment }) {
  const [revisions, setRevisions] = useState<Revision[] | "loading" | "failed">("loading");
  const { franchiseeId, id, revision } = payment;
  useEffect(() => {
    let isCurrent = true;
    readRevisions(session.user, franchiseeId, id).then(
      (found) => isCurrent && setRevisions(found.toSorted((a, b) => b.revision - a.revision)),
      () => isCurrent && setRevisions("failed"),
    );
    return () => {
      isCurrent = false;
    };
  }, [franchiseeId, id, revision]);
  return (
    <Part title={TEXT.history}>
      {revisions === "loading" ? <Loading /> : null}
      {revisions === "failed" ? <p role="alert">{TEXT.historyFailed}</p> : null}
      {Array.isArray(revisions) && revisions.length === 0 ? <p>{TEXT.noHistory}</p> : null}
      {Array.isArray(revisions) && revisions.length > 0 ? (
        <ol class="movements">
          {revisions.map((one) => (
            <li key={one.revision}>
              <strong>{one.reason}</strong>
              <span>
                Before: {one.total === null ? TEXT.none : money(one.total, one.currency ?? DEFAULT_CURRENCY)},{" "}
                {statusText(one.status)}
              </span>
              {one.replacedAt ? (
                <time dateTime={one.replacedAt.toISOString()}>{dateAndTime(one.replacedAt, TIME_ZONE)}</time>
              ) : null}
            </li>
          ))}
        </ol>
      ) : null}
    </Part>
  );
}
