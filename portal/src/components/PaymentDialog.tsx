import { doc } from "firebase/firestore";
import { useEffect, useRef } from "preact/hooks";
import { Decision } from "./ResolveForm.tsx";
import { History } from "./RevisionHistory.tsx";
import { useDocument } from "../firestore/use-firestore.ts";
import { change, money } from "../money.ts";
import { Badge, standingKind, statusKind } from "./badges.tsx";
import { Notice, Shown } from "./states.tsx";
import { Part } from "./headings.tsx";
import { type Movement, type Payment, paymentOf, type StripeSide } from "../firestore/transaction.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { Split } from "./FeeBreakdown.tsx";
import {
  customerText,
  feeText,
  fieldText,
  plain,
  sideText,
  STANDING_EXPLAINED,
  standingText,
  statusText,
  TEXT,
} from "../messages.ts";
import { date, dateAndTime } from "../time.ts";

/** One payment, over the list that it was chosen from, for as long as the address names it. */
export function PaymentDialog(props: { session: SignedIn; franchiseeId: string; payment: string; back: string }) {
  const { session, franchiseeId, payment: id, back } = props;
  const path = `franchisees/${franchiseeId}/transactions/${id}`;
  const found = useDocument(path, () => doc(session.database, path));
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = useRef(true);
  const isPressedOutside = useRef(false);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      // The focus goes back to where it was, also where the address has closed it.
      isOpen.current = false;
      shown?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={TEXT.payment}
      onClose={() => isOpen.current && location.replace(back)}
      // Who selects text and lets go outside has not meant to leave.
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
        <Shown listened={found}>
          {(fields) =>
            fields === undefined ? (
              <Notice title={TEXT.noPayment} />
            ) : (
              <Detail session={session} payment={paymentOf(franchiseeId, id, fields)} />
            )
          }
        </Shown>
      </div>
    </dialog>
  );
}

function Detail({ session, payment }: { session: SignedIn; payment: Payment }) {
  const { id, total, currency, status, createdAt, stripe } = payment;
  return (
    <>
      <div class="payment-top">
        <p class="payment-total">{money(total, currency)}</p>
        <p class="payment-name">{customerText(payment)}</p>
        <p class="payment-meta">
          <Badge kind={statusKind(status)}>{statusText(status)}</Badge>
          {createdAt ? <time dateTime={createdAt.toISOString()}>{dateAndTime(createdAt, TIME_ZONE)}</time> : null}
        </p>
      </div>
      <Split payment={payment} />
      <Compared session={session} payment={payment} />
      <Part title={TEXT.record}>
        <Facts facts={recordOf(payment)} />
      </Part>
      {stripe && stripe.refunds.length > 0 ? (
        <Part title={TEXT.refunds}>
          <Movements movements={stripe.refunds} />
        </Part>
      ) : null}
      {stripe && stripe.disputes.length > 0 ? (
        <Part title={TEXT.disputes}>
          <Movements movements={stripe.disputes} />
        </Part>
      ) : null}
      <Part title={TEXT.payout}>
        {stripe?.payout ? <Facts facts={payoutOf(stripe.payout)} /> : <p>{TEXT.noPayout}</p>}
      </Part>
      <Part title={TEXT.books}>{stripe ? <Facts facts={booksOf(stripe)} /> : <p>{TEXT.noBooks}</p>}</Part>
      {session.grants.isAdmin ? <History session={session} payment={payment} /> : null}
      <p class="id">{id}</p>
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
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function recordOf(payment: Payment): Fact[] {
  const { email, phone, workshopName, workshopDate, workshopTime, participantCount, organizationType } = payment;
  return [
    [TEXT.customer, customerText(payment)],
    [TEXT.email, email],
    ["Phone", phone],
    [TEXT.workshop, workshopName],
    ["Workshop’s day", [workshopDate, workshopTime].filter((part) => part !== null).join(", ") || null],
    ["Participants", participantCount === null ? null : String(participantCount)],
    ["Organisation", organizationType === null ? null : plain(organizationType)],
    ["Booked on", payment.day && date(payment.day)],
    ["Recorded by", payment.source === "stripe" ? "Stripe" : "The booking system"],
  ];
}

function booksOf(stripe: StripeSide): Fact[] {
  const { mode, charged, settled, received, netAdjustment, feesStatus, chargeId, asOf } = stripe;
  const { platformPaidFee, otherAdjustments } = stripe;
  return [
    ["Charged", charged && money(charged.amount, charged.currency)],
    [
      "Settled",
      settled && `${money(settled.amount, settled.currency)}, after fees ${money(settled.net, settled.currency)}`,
    ],
    [
      "Fees deducted",
      settled && settled.fees.length > 0
        ? settled.fees.map(({ type, amount }) => `${feeText(type)} ${money(amount, settled.currency)}`).join(", ")
        : null,
    ],
    ["Stripe fee, paid by the platform", platformPaidFee && money(platformPaidFee.amount, platformPaidFee.currency)],
    ["Arrived at the franchisee", received && money(received.net, received.currency)],
    ["Changed since on their balance", netAdjustment && change(netAdjustment.amount, netAdjustment.currency)],
    [
      "Changed in other currencies",
      otherAdjustments.map(({ amount, currency }) => change(amount, currency)).join(", ") || null,
    ],
    ["Way of the money", mode === null ? null : plain(mode)],
    ["Figures", feesStatus === null ? null : plain(feesStatus)],
    ["Charge", chargeId],
    ["As of", asOf && dateAndTime(asOf, TIME_ZONE)],
  ];
}

function payoutOf({ id, status, arrivesAt }: NonNullable<StripeSide["payout"]>): Fact[] {
  return [
    [TEXT.status, status === null ? null : plain(status)],
    ["At the bank", arrivesAt && dateAndTime(arrivesAt, "UTC").slice(0, -", 00:00".length)],
    ["Id", id],
  ];
}

function Movements({ movements }: { movements: readonly Movement[] }) {
  return (
    <ul class="movements">
      {movements.map(({ id, amount, currency, status, reason, createdAt }) => (
        <li key={id}>
          <strong>{money(amount, currency)}</strong>
          <span>{[status, reason].flatMap((word) => (word === null ? [] : [plain(word)])).join(" · ")}</span>
          {createdAt ? <time dateTime={createdAt.toISOString()}>{dateAndTime(createdAt, TIME_ZONE)}</time> : null}
        </li>
      ))}
    </ul>
  );
}

function Compared({ session, payment }: { session: SignedIn; payment: Payment }) {
  const { standing, exception, differences, checkedAt, resolution } = payment;
  return (
    <Part title={TEXT.compared}>
      <p>
        <Badge kind={standingKind(standing, exception)}>{standingText(standing)}</Badge>
      </p>
      <p>
        {STANDING_EXPLAINED[standing] ?? ""}
        {checkedAt ? ` Checked ${dateAndTime(checkedAt, TIME_ZONE)}.` : ""}
      </p>
      {differences.length === 0 ? null : <Differences payment={payment} />}
      {resolution && exception === "resolved" ? (
        <p class="resolution">
          Let stand by {resolution.by}
          {resolution.at ? `, ${dateAndTime(resolution.at, TIME_ZONE)}` : ""}: {resolution.reason}
        </p>
      ) : null}
      {session.grants.isAdmin && exception !== null ? (
        <Decision key={exception} session={session} payment={payment} />
      ) : null}
    </Part>
  );
}

function Differences({ payment: { differences, currency } }: { payment: Payment }) {
  return (
    <table class="differences">
      <caption class="unseen">{TEXT.difference}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="unseen">{TEXT.difference}</span>
          </th>
          {[TEXT.recorded, TEXT.stripe, TEXT.difference].map((name) => (
            <th key={name} scope="col" class="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {differences.map(({ field, recorded, stripe }) => (
          <tr key={field}>
            <th scope="row">{fieldText(field)}</th>
            <td class="number">{sideText(recorded, currency)}</td>
            <td class="number">{sideText(stripe, currency)}</td>
            <td class="number">
              {typeof recorded === "number" && typeof stripe === "number"
                ? change(recorded - stripe, currency)
                : TEXT.none}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
