import { collection, collectionGroup, limit, orderBy, query, where } from "firebase/firestore";
import { useState } from "preact/hooks";
import type { FranchiseeProfile } from "../../../functions/src/domain/franchisee-profile.ts";
import { Badge } from "../components/badges.tsx";
import { FranchiseeName, useProfiles } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { ErrorNotice } from "../components/states.tsx";
import { ColumnHeaders, QueryTable } from "../components/tables.tsx";
import { Time, TimeZoneNote } from "../components/Time.tsx";
import { type Franchisee, toFranchisee } from "../firestore/revenue.ts";
import { type Difference, fromFirestore, type Transaction } from "../firestore/transaction.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { customerText, fieldText, reconciliationText, TEXT, valueText } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { dateAndTime } from "../time.ts";

/** The initial number of rows, and the maximum of the security rules. */
const FIRST = 40;
const MAX = 500;

interface ExceptionsProps {
  session: SignedIn;
  open: { franchiseeId: string; stripePaymentId: string } | null;
}

/** The unexplained balances and open exceptions of all franchisees, and a dialog for the selected one. */
export function Exceptions({ session, open }: ExceptionsProps) {
  const [size, setSize] = useState(FIRST);
  const result = useQuery(
    `exceptions ${size}`,
    () =>
      query(
        collectionGroup(session.database, "transactions"),
        where("exception", "==", "open"),
        orderBy("createdAt", "desc"),
        limit(size),
      ),
    (document) => fromFirestore(document.ref.parent.parent?.id ?? "", document.id, document.data()),
  );
  const balances = useQuery(
    "unexplained balances",
    () => query(collection(session.database, "franchisees"), where("balance.isExplained", "==", false), limit(MAX)),
    (document) => toFranchisee(document.id, document.data()),
  );
  const hasBalances = balances.state === "ready" && balances.data.length > 0;
  return (
    <div class="page">
      <Title>{TEXT.exceptions}</Title>
      <TimeZoneNote />
      {balances.state === "denied" || balances.state === "failed" ? (
        <ErrorNotice isDenied={balances.state === "denied"} />
      ) : null}
      {hasBalances ? (
        <>
          <UnexplainedBalances franchisees={balances.data} />
          <h2>{TEXT.paymentExceptions}</h2>
        </>
      ) : null}
      <QueryTable
        title={TEXT.exceptions}
        result={result}
        size={size}
        max={MAX}
        onShowMore={() => setSize(MAX)}
        noRows={{ title: hasBalances ? TEXT.noPaymentExceptions : TEXT.noExceptions, lead: TEXT.noExceptionsLead }}
        header={
          <>
            <ColumnHeaders names={[TEXT.customer, TEXT.franchisee, TEXT.date]} />
            <ColumnHeaders names={[TEXT.amount]} isNumber />
            <ColumnHeaders names={[TEXT.difference]} />
          </>
        }
      >
        {(transactions) => <ExceptionRows session={session} transactions={transactions} />}
      </QueryTable>
      {open ? <PaymentDialog key={open.stripePaymentId} session={session} {...open} back="#/exceptions" /> : null}
    </div>
  );
}

/** A row per franchisee and currency. */
function UnexplainedBalances({ franchisees }: { franchisees: readonly Franchisee[] }) {
  return (
    <table class="cards" aria-label={TEXT.unexplainedBalance}>
      <thead>
        <tr>
          <ColumnHeaders names={[TEXT.franchisee, TEXT.exception, TEXT.currency]} />
          <ColumnHeaders names={[TEXT.stripeBalance, TEXT.recordedMovements, TEXT.difference]} isNumber />
          <ColumnHeaders names={[TEXT.since]} />
        </tr>
      </thead>
      <tbody>
        {franchisees.flatMap(({ franchiseeId, profile, balance }) =>
          (balance?.currencies ?? [])
            .filter(({ difference }) => difference !== 0)
            .map(({ currency, available, pending, recorded, difference }) => (
              <tr key={`${franchiseeId} ${currency}`}>
                <th scope="row" data-name={TEXT.franchisee} class="account">
                  <a href={addressOf(franchiseeId)}>
                    <FranchiseeName franchiseeId={franchiseeId} profile={profile} />
                  </a>
                </th>
                <td data-name={TEXT.exception}>
                  <Badge kind="bad">{TEXT.unexplainedBalance}</Badge>
                </td>
                <td data-name={TEXT.currency}>{currency.toUpperCase()}</td>
                <td class="number" data-name={TEXT.stripeBalance}>
                  {money(available + pending, currency)}
                </td>
                <td class="number" data-name={TEXT.recordedMovements}>
                  {money(recorded, currency)}
                </td>
                <td class="number" data-name={TEXT.difference}>
                  {signedMoney(difference, currency)}
                </td>
                <td data-name={TEXT.since}>
                  {balance?.unexplainedSince ? <Time at={balance.unexplainedSince} /> : TEXT.none}
                </td>
              </tr>
            )),
        )}
      </tbody>
    </table>
  );
}

function ExceptionRows({ session, transactions }: { session: SignedIn; transactions: readonly Transaction[] }) {
  const profiles = useProfiles(
    session,
    transactions.map(({ franchiseeId }) => franchiseeId),
  );
  return (
    <>
      {transactions.map((transaction) => (
        <ExceptionRow
          key={`${transaction.franchiseeId}/${transaction.stripePaymentId}`}
          session={session}
          transaction={transaction}
          profile={profiles.get(transaction.franchiseeId)}
        />
      ))}
    </>
  );
}

interface ExceptionRowProps {
  session: SignedIn;
  transaction: Transaction;
  profile: FranchiseeProfile | undefined;
}

function ExceptionRow({ session, transaction, profile }: ExceptionRowProps) {
  const { stripePaymentId, franchiseeId, createdAt, amount_total, currency, reconciliation } = transaction;
  return (
    <tr>
      <th scope="row" data-name={TEXT.customer}>
        <a dir="auto" href={`#/exceptions/${franchiseeId}/${stripePaymentId}`}>
          {customerText(transaction)}
        </a>
      </th>
      <td data-name={TEXT.franchisee} class="account">
        <FranchiseeName franchiseeId={franchiseeId} profile={profile} />
      </td>
      <td data-name={TEXT.date} class="nowrap">
        {createdAt ? dateAndTime(createdAt, TIME_ZONE) : TEXT.none}
      </td>
      <td class="number" data-name={TEXT.amount}>
        {money(amount_total, currency)}
      </td>
      <td data-name={TEXT.difference}>
        <Badge kind="bad">{reconciliationText(reconciliation.status)}</Badge>
        {reconciliation.differences.map((difference) => (
          <span key={difference.field} class="line">
            {fieldText(difference.field, session.grants)}: {differenceText(difference, currency)}
          </span>
        ))}
      </td>
    </tr>
  );
}

function differenceText({ recorded, stripe }: Difference, currency: string): string {
  if (typeof recorded === "number" && typeof stripe === "number") return signedMoney(recorded - stripe, currency);
  return `${valueText(recorded, currency)}, in Stripe ${valueText(stripe, currency)}`;
}
