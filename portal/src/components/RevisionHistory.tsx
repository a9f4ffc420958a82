import { useEffect, useState } from "preact/hooks";
import { readRevisions, type Revision } from "../api.ts";
import type { Transaction } from "../firestore/transaction.ts";
import { statusText, TEXT } from "../messages.ts";
import { money } from "../money.ts";
import type { SignedIn } from "../session.ts";
import { DEFAULT_CURRENCY } from "../settings.ts";

import { Section } from "./headings.tsx";
import { Loading } from "./states.tsx";
import { Time } from "./Time.tsx";

/** The changes of a transaction. They come from the API, because the security rules let no client read revisions. */
export function RevisionHistory({ session, transaction }: { session: SignedIn; transaction: Transaction }) {
  const [revisions, setRevisions] = useState<Revision[] | "loading" | "failed">("loading");
  const { user } = session;
  const { franchiseeId, stripePaymentId, revision } = transaction;
  useEffect(() => {
    let isCurrent = true;
    readRevisions(user, franchiseeId, stripePaymentId).then(
      (found) => isCurrent && setRevisions(found.toSorted((a, b) => b.revision - a.revision)),
      () => isCurrent && setRevisions("failed"),
    );
    return () => {
      isCurrent = false;
    };
  }, [user, franchiseeId, stripePaymentId, revision]);
  return (
    <Section title={TEXT.history}>
      <Revisions revisions={revisions} />
    </Section>
  );
}

function Revisions({ revisions }: { revisions: readonly Revision[] | "loading" | "failed" }) {
  if (revisions === "loading") return <Loading />;
  if (revisions === "failed") return <p role="alert">{TEXT.historyFailed}</p>;
  if (revisions.length === 0) return <p>{TEXT.noHistory}</p>;
  return (
    <ol class="movements">
      {revisions.map(({ revision, reason, replacedAt, before: { amount_total, currency, status } }) => (
        <li key={revision}>
          <strong dir="auto">{reason}</strong>
          <span>
            Before: {amount_total === null ? TEXT.none : money(amount_total, currency ?? DEFAULT_CURRENCY)},{" "}
            {statusText(status)}
          </span>
          <Time at={replacedAt} />
        </li>
      ))}
    </ol>
  );
}
