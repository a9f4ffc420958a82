import { useState } from "preact/hooks";
import type { Transaction } from "../firestore/transaction.ts";
import { TEXT } from "../messages.ts";
import type { Grants } from "../session.ts";
import { dashboardAddress } from "../stripe-dashboard.ts";
import { Section } from "./headings.tsx";

/** Stripe's ids of a payment and what belongs to it, to copy; for head office, its page at Stripe. */
export function Identifiers({ transaction, grants }: { transaction: Transaction; grants: Grants }) {
  const { franchiseeId, stripePaymentId, stripe } = transaction;
  const address = grants.isAdmin ? dashboardAddress(transaction) : null;
  const ids: (readonly [name: string, id: string])[] = [
    [TEXT.payment, stripePaymentId],
    ...(stripe?.chargeId ? [[TEXT.charge, stripe.chargeId] as const] : []),
    ...(stripe?.refunds ?? []).map(({ id }) => [TEXT.refund, id] as const),
    ...(stripe?.disputes ?? []).map(({ id }) => [TEXT.dispute, id] as const),
    ...(stripe?.payout ? [[TEXT.deposit, stripe.payout.id] as const] : []),
    [TEXT.account, franchiseeId],
  ];
  return (
    <Section title={TEXT.ids}>
      <dl class="facts">
        {ids.map(([name, id]) => (
          <div key={id}>
            <dt>{name}</dt>
            <dd class="id">
              <code>{id}</code>
              <CopyButton name={name} text={id} />
            </dd>
          </div>
        ))}
      </dl>
      {address === null ? null : (
        <p>
          <a href={address} target="_blank" rel="noreferrer">
            {TEXT.openInStripe}
          </a>
        </p>
      )}
    </Section>
  );
}

function CopyButton({ name, text }: { name: string; text: string }) {
  const [state, setState] = useState<"copy" | "copied" | "copyFailed">("copy");
  const copy = (): void =>
    void navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("copyFailed"),
    );
  return (
    <>
      <button type="button" class="quiet" aria-label={`${TEXT[state]} ${name} ${text}`} onClick={copy}>
        {TEXT[state]}
      </button>
      <span class="visually-hidden" role="status">
        {state === "copy" ? "" : TEXT[state]}
      </span>
    </>
  );
}
