import { doc } from "firebase/firestore";
import { useEffect, useRef } from "preact/hooks";
import { fromFirestore, type StripeSnapshot, type Transaction } from "../firestore/transaction.ts";
import { useDocument } from "../firestore/use-firestore.ts";
import {
  customerText,
  feeText,
  fieldText,
  humanize,
  RECONCILIATION_HELP,
  reconciliationText,
  remarkText,
  shareText,
  statusText,
  TEXT,
  valueText,
} from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { addressOf } from "../route.ts";
import type { Grants, SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { date, dateAndTime } from "../time.ts";
import { earnedText } from "../waterfall.ts";
import { Badge, reconciliationKind, statusKind } from "./badges.tsx";
import { FeeBreakdown } from "./FeeBreakdown.tsx";
import { NameOf } from "./FranchiseeName.tsx";
import { Section } from "./headings.tsx";
import { Identifiers } from "./Identifiers.tsx";
import { OnTheBalance } from "./OnTheBalance.tsx";
import { ResolveForm } from "./ResolveForm.tsx";
import { RevisionHistory } from "./RevisionHistory.tsx";
import { Notice, QueryState } from "./states.tsx";
import { ColumnHeaders } from "./tables.tsx";
import { Time } from "./Time.tsx";
import { Timeline } from "./Timeline.tsx";
import { WorklistForm } from "./WorklistForm.tsx";

interface PaymentDialogProps {
  session: SignedIn;
  franchiseeId: string;
  stripePaymentId: string;
  /** The URL of the list below the dialog. */
  back: string;
}

/** Open while the URL names the payment. */
export function PaymentDialog({ session, franchiseeId, stripePaymentId, back }: PaymentDialogProps) {
  const path = `franchisees/${franchiseeId}/transactions/${stripePaymentId}`;
  const result = useDocument(path, () => doc(session.database, path));
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = useRef(true);
  const isPressedOutside = useRef(false);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      // Closing returns the focus, also after a change of URL.
      isOpen.current = false;
      element?.close();
    };
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- the browser closes a dialog on Escape
    <dialog
      ref={dialog}
      aria-label={TEXT.payment}
      onClose={() => isOpen.current && location.replace(back)}
      // Selecting text and releasing outside does not close the dialog.
      onPointerDown={(event) => (isPressedOutside.current = event.target === event.currentTarget)}
      onClick={(event) => {
        if (isPressedOutside.current && event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div class="sheet">
        <div class="sheet-head">
          <h2>{TEXT.payment}</h2>
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            {TEXT.close}
          </button>
        </div>
        <QueryState result={result}>
          {(fields) =>
            fields === undefined ? (
              <Notice title={TEXT.noPayment} />
            ) : (
              <Details session={session} transaction={fromFirestore(franchiseeId, stripePaymentId, fields)} />
            )
          }
        </QueryState>
      </div>
    </dialog>
  );
}

function Details({ session, transaction }: { session: SignedIn; transaction: Transaction }) {
  const { amount_total, currency, status, createdAt, stripe } = transaction;
  const [earned, remark] = [earnedText(transaction), remarkText(transaction)];
  return (
    <>
      <div class="payment-top">
        <p class="payment-total">{money(amount_total, currency)}</p>
        {earned === null ? null : (
          <p class="payment-kept">
            {shareText(session.grants).kept} <strong>{earned}</strong>
          </p>
        )}
        <p class="payment-name" dir="auto">
          {customerText(transaction)}
        </p>
        {session.grants.isAdmin ? (
          <p class="payment-franchisee">
            <a href={addressOf(transaction.franchiseeId)}>
              <NameOf session={session} franchiseeId={transaction.franchiseeId} />
            </a>
          </p>
        ) : null}
        <p class="payment-meta">
          <Badge kind={statusKind(status)}>{statusText(status)}</Badge>
          {remark === null ? null : <Badge kind={transaction.exception === "open" ? "bad" : "open"}>{remark}</Badge>}
          <Time at={createdAt} />
        </p>
      </div>
      <Timeline transaction={transaction} />
      <FeeBreakdown session={session} transaction={transaction} />
      <Reconciliation session={session} transaction={transaction} />
      <Section title={TEXT.record}>
        <Facts facts={recordFacts(transaction)} />
      </Section>
      <OnTheBalance session={session} transaction={transaction} />
      <Section title={TEXT.stripeDetails}>
        {stripe ? <Facts facts={stripeFacts(stripe, session.grants)} /> : <p>{TEXT.noStripeDetails}</p>}
      </Section>
      {session.grants.isAdmin ? (
        <>
          <WorklistForm session={session} transaction={transaction} />
          <RevisionHistory session={session} transaction={transaction} />
        </>
      ) : null}
      <Identifiers transaction={transaction} grants={session.grants} />
    </>
  );
}

type Fact = readonly [name: string, value: string | null];

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function recordFacts(transaction: Transaction): Fact[] {
  const { workshopDate, workshopTime, participantCount, organizationType, day } = transaction;
  return [
    [TEXT.customer, customerText(transaction)],
    [TEXT.email, transaction.email],
    ["Phone", transaction.phone],
    [TEXT.workshop, transaction.workshopName],
    ["Workshop date", [workshopDate, workshopTime].filter((part) => part !== null).join(", ") || null],
    ["Participants", participantCount === null ? null : String(participantCount)],
    ["Organization", organizationType && humanize(organizationType)],
    ["Accounting date", day && date(day)],
    ["Recorded by", transaction.source === "stripe" ? "Stripe" : "Booking system"],
  ];
}

function stripeFacts(stripe: StripeSnapshot, grants: Grants): Fact[] {
  const { charged, settled, platformPaidFee, received, netAdjustment, otherAdjustments, mode, feesStatus } = stripe;
  const fees = settled?.fees.map(({ type, amount }) => `${feeText(type)} ${money(amount, settled.currency)}`);
  return [
    ["Charged", money(charged.amount, charged.currency)],
    [
      "Settled",
      settled && `${money(settled.amount, settled.currency)}, after fees ${money(settled.net, settled.currency)}`,
    ],
    ["Fees deducted", fees?.join(", ") || null],
    ["Stripe fee paid by the platform", platformPaidFee && money(platformPaidFee.amount, platformPaidFee.currency)],
    [shareText(grants).received, received && money(received.net, received.currency)],
    ["Refunds, disputes and fees since", netAdjustment && signedMoney(netAdjustment.amount, netAdjustment.currency)],
    [
      "Refunds, disputes and fees since, in other currencies",
      otherAdjustments.map(({ amount, currency }) => signedMoney(amount, currency)).join(", ") || null,
    ],
    ["Charge type", mode && humanize(mode)],
    ["Fees", feesStatus && humanize(feesStatus)],
    ["As of", stripe.asOf && dateAndTime(stripe.asOf, TIME_ZONE)],
  ];
}

function Reconciliation({ session, transaction }: { session: SignedIn; transaction: Transaction }) {
  const { reconciliation, exception, resolution } = transaction;
  const { status, differences, checkedAt } = reconciliation;
  return (
    <Section title={TEXT.reconciliation}>
      <p>
        <Badge kind={reconciliationKind(status, exception)}>{reconciliationText(status)}</Badge>
      </p>
      <p>
        {RECONCILIATION_HELP[status] ?? ""}
        {checkedAt ? ` Checked ${dateAndTime(checkedAt, TIME_ZONE)}.` : ""}
      </p>
      {differences.length === 0 ? null : <Differences session={session} transaction={transaction} />}
      {resolution && exception === "resolved" ? (
        <p>
          Accepted by <bdi>{resolution.by}</bdi>
          {resolution.at ? `, ${dateAndTime(resolution.at, TIME_ZONE)}` : ""}: <bdi>{resolution.reason}</bdi>
        </p>
      ) : null}
      {session.grants.isAdmin && exception !== null ? (
        <ResolveForm key={exception} session={session} transaction={transaction} />
      ) : null}
    </Section>
  );
}

function Differences({ session, transaction }: { session: SignedIn; transaction: Transaction }) {
  const { reconciliation, currency } = transaction;
  return (
    <table class="differences">
      <caption class="visually-hidden">{TEXT.difference}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">{TEXT.difference}</span>
          </th>
          <ColumnHeaders names={[TEXT.recorded, TEXT.stripe, TEXT.difference]} isNumber />
        </tr>
      </thead>
      <tbody>
        {reconciliation.differences.map(({ field, recorded, stripe }) => (
          <tr key={field}>
            <th scope="row">{fieldText(field, session.grants)}</th>
            <td class="number" data-name={TEXT.recorded}>
              {valueText(recorded, currency)}
            </td>
            <td class="number" data-name={TEXT.stripe}>
              {valueText(stripe, currency)}
            </td>
            <td class="number" data-name={TEXT.difference}>
              {typeof recorded === "number" && typeof stripe === "number"
                ? signedMoney(recorded - stripe, currency)
                : TEXT.none}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
