import { isOfPayout } from "../../../functions/src/domain/balance-transaction.ts";
import { doc } from "firebase/firestore";
import type { ComponentChildren } from "preact";
import { dayOf, monthOf } from "../../../functions/src/domain/calendar.ts";
import type { CategoryTotal } from "../../../functions/src/domain/deposit.ts";
import { downloadDeposit } from "../api.ts";
import { bankText, restText, categoryText, depositKindText, returnText } from "../balance-messages.ts";
import { CategoryTable } from "../components/CategoryTable.tsx";
import { DepositExplanation, DepositStatus } from "../components/DepositStatus.tsx";
import { DownloadButton } from "../components/DownloadButton.tsx";
import { NameOf } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { MovementTable } from "../components/MovementTable.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { Notice, QueryState } from "../components/states.tsx";
import { TimeZoneNote } from "../components/Time.tsx";
import { type Deposit, explanationOf, netOf, toDeposit } from "../firestore/balance.ts";
import { depositsOf, movementsWhere } from "../firestore/balance-queries.ts";
import { useDocument } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { arrivalDate, dateAndTime } from "../time.ts";

interface DepositProps {
  session: SignedIn;
  franchiseeId: string;
  payoutId: string;
  stripePaymentId: string | null;
}

export function DepositView({ session, franchiseeId, payoutId, stripePaymentId }: DepositProps) {
  const result = useDocument(`deposit ${franchiseeId} ${payoutId}`, () =>
    doc(depositsOf(session.database, franchiseeId), payoutId),
  );
  const address = addressOf(franchiseeId, "deposits", payoutId);
  return (
    <div class="page">
      <p class="breadcrumb">
        <a href={addressOf(franchiseeId)}>
          <NameOf session={session} franchiseeId={franchiseeId} />
        </a>
        {" › "}
        <a href={addressOf(franchiseeId, "deposits")}>{TEXT.deposits}</a>
      </p>
      <Title>{TEXT.deposit}</Title>
      <TimeZoneNote />
      <QueryState result={result}>
        {(fields) =>
          fields === undefined ? (
            <Notice title={TEXT.noDeposit} />
          ) : (
            <Details session={session} franchiseeId={franchiseeId} deposit={toDeposit(payoutId, fields)} />
          )
        }
      </QueryState>
      {stripePaymentId === null ? null : (
        <PaymentDialog
          key={stripePaymentId}
          session={session}
          franchiseeId={franchiseeId}
          stripePaymentId={stripePaymentId}
          back={address}
        />
      )}
    </div>
  );
}

type DetailsProps = { session: SignedIn; franchiseeId: string; deposit: Deposit };

function Details({ session, franchiseeId, deposit }: DetailsProps) {
  const { id, amount, currency } = deposit;
  const returned = returnText(deposit);
  return (
    <>
      <section class="deposit" aria-label={TEXT.summary}>
        <div class="section-head">
          <p class="payment-total">{money(amount, currency)}</p>
          <DownloadButton download={(signal) => downloadDeposit(session.user, franchiseeId, id, signal)} />
        </div>
        <p class="payment-meta">
          <DepositStatus deposit={deposit} />
          <DepositExplanation deposit={deposit} />
        </p>
        {returned === null ? null : <p class="message message-alert">{returned}</p>}
        <Facts franchiseeId={franchiseeId} deposit={deposit} />
      </section>
      <Composition franchiseeId={franchiseeId} deposit={deposit} />
      {deposit.composition === null ? null : (
        <>
          <h2>{TEXT.movements}</h2>
          <MovementTable
            session={session}
            franchiseeId={franchiseeId}
            title={TEXT.movements}
            name={`movements of ${id}`}
            query={() => movementsWhere(session.database, franchiseeId, "payoutId", id)}
            // The money of one that came back is content.
            isShown={(movement) => !isOfPayout(movement) || movement.source !== id}
            noRows={{ title: TEXT.noMovements }}
            paymentAddress={(stripePaymentId) => addressOf(franchiseeId, "deposits", id, stripePaymentId)}
          />
        </>
      )}
    </>
  );
}

function Facts({ franchiseeId, deposit }: Pick<DetailsProps, "franchiseeId" | "deposit">) {
  const { id, createdAt, arrivesAt, kind, bank, statementDescriptor, originalPayoutId, reversedByPayoutId } = deposit;
  const facts = [
    [TEXT.arrival, arrivesAt && arrivalDate(arrivesAt)],
    [TEXT.created, createdAt && dateAndTime(createdAt, TIME_ZONE)],
    [TEXT.kind, depositKindText(kind)],
    [TEXT.bank, bankText(bank)],
    [TEXT.statementDescriptor, statementDescriptor],
    [TEXT.depositId, id],
  ] as const;
  const others = [
    [TEXT.reversalOf, originalPayoutId],
    [TEXT.reversedBy, reversedByPayoutId],
  ] as const;
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (value === null ? null : <Fact key={name} name={name} value={value} />))}
      {others.map(([name, other]) =>
        other === null ? null : (
          <Fact key={name} name={name} value={<a href={addressOf(franchiseeId, "deposits", other)}>{other}</a>} />
        ),
      )}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}

/** What the deposit contains by category, and how that adds up to its amount. */
function Composition({ franchiseeId, deposit }: Pick<DetailsProps, "franchiseeId" | "deposit">) {
  const { composition, currency, createdAt } = deposit;
  const month = createdAt && monthOf(dayOf(createdAt, TIME_ZONE));
  return (
    <section aria-labelledby="composition">
      <div class="section-head">
        <h2 id="composition">{TEXT.composition}</h2>
      </div>
      {composition === null ? (
        <>
          <p>{explanationOf(deposit).state === "composing" ? TEXT.composing : TEXT.noComposition}</p>
          {month === null ? null : (
            <p>
              <a href={addressOf(franchiseeId, "statement", month)}>{TEXT.statementOfMonth}</a>
            </p>
          )}
        </>
      ) : (
        <>
          <CategoryTable title={TEXT.composition} totals={composition} currency={currency} sum={TEXT.sum} />
          <Equation deposit={deposit} composition={composition} />
        </>
      )}
    </section>
  );
}

/** The net of each category, up to the deposit's amount. */
function Equation({ deposit, composition }: { deposit: Deposit; composition: readonly CategoryTotal[] }) {
  const { amount, currency } = deposit;
  const difference = netOf(composition) - amount;
  const terms = [
    ...composition.map(({ reportingCategory, net }) => ({ name: categoryText(reportingCategory), net })),
    ...(difference === 0 ? [] : [{ name: restText(deposit), net: -difference }]),
  ];
  return (
    <p class="equation">
      {terms.map(({ name, net }, index) => (
        <span key={name} class="term">
          {index === 0 ? money(net, currency) : `${net < 0 ? "−" : "+"} ${money(Math.abs(net), currency)}`} {name}
        </span>
      ))}
      <strong class="term">
        = {money(amount, currency)} {TEXT.deposit}
      </strong>
    </p>
  );
}
