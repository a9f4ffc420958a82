import {
  collection,
  collectionGroup,
  type Firestore,
  limit,
  orderBy,
  query,
  type Query,
  where,
} from "firebase/firestore";
import { filterTerm } from "../../../functions/src/domain/filter-terms.ts";
import type { FranchiseeProfile } from "../../../functions/src/domain/franchisee-profile.ts";
import { Badge } from "../components/badges.tsx";
import { FranchiseeName, NameOf, useProfiles } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { PagedTable } from "../components/PagedTable.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { ErrorNotice } from "../components/states.tsx";
import { ColumnHeaders } from "../components/tables.tsx";
import { Time, TimeZoneNote } from "../components/Time.tsx";
import { type Franchisee, toFranchisee } from "../firestore/revenue.ts";
import { type Difference, fromFirestore, type Transaction } from "../firestore/transaction.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { customerText, fieldText, reconciliationText, TEXT, valueText } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { currentParameters, usePageParameters } from "../page-parameters.ts";
import { addressOf, EXCEPTIONS, exceptionsOf, isAccount } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { dateAndTime } from "../time.ts";

const PAGE_SIZE = 40;
/** The maximum of the security rules. */
const MAX_BALANCES = 500;
/** Found by its search term, which needs no further index (docs/decisions/0029-search.md). */
const OPEN = filterTerm({ has: "open_exception" });

interface ExceptionsProps {
  session: SignedIn;
  open: { franchiseeId: string; stripePaymentId: string } | null;
}

/**
 * The unexplained balances and open exceptions of all franchisees, or of the one that the URL names, and a dialog for
 * the selected one.
 */
export function Exceptions({ session, open }: ExceptionsProps) {
  const parameters = usePageParameters();
  const asked = parameters.get("franchisee");
  const franchiseeId = asked !== null && isAccount(asked) ? asked : null;
  const balances = useQuery(
    "unexplained balances",
    () =>
      query(
        collection(session.database, "franchisees"),
        where("balance.isExplained", "==", false),
        limit(MAX_BALANCES),
      ),
    (document) => toFranchisee(document.id, document.data()),
  );
  const unexplained = (balances.state === "ready" ? balances.data : []).filter(
    (franchisee) => franchiseeId === null || franchisee.franchiseeId === franchiseeId,
  );
  const hasBalances = unexplained.length > 0;
  return (
    <div class="page">
      <Title>{TEXT.exceptions}</Title>
      <TimeZoneNote />
      {franchiseeId === null ? null : (
        <p class="controls">
          <a href={addressOf(franchiseeId)}>
            <NameOf session={session} franchiseeId={franchiseeId} />
          </a>
          <button type="button" class="quiet" onClick={() => parameters.set({ franchisee: null })}>
            {TEXT.allFranchisees}
          </button>
        </p>
      )}
      {balances.state === "denied" || balances.state === "failed" ? (
        <ErrorNotice isDenied={balances.state === "denied"} />
      ) : null}
      {hasBalances ? (
        <>
          <UnexplainedBalances franchisees={unexplained} />
          <h2>{TEXT.paymentExceptions}</h2>
        </>
      ) : null}
      <PagedTable
        key={franchiseeId}
        title={TEXT.exceptions}
        name={`exceptions ${franchiseeId ?? ""}`}
        query={() => openExceptions(session.database, franchiseeId)}
        convert={(document) => fromFirestore(document.ref.parent.parent?.id ?? "", document.id, document.data())}
        pageSize={PAGE_SIZE}
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
      </PagedTable>
      {open ? (
        <PaymentDialog
          key={open.stripePaymentId}
          session={session}
          {...open}
          back={`${EXCEPTIONS}${currentParameters()}`}
        />
      ) : null}
    </div>
  );
}

/** Newest first. */
function openExceptions(database: Firestore, franchiseeId: string | null): Query {
  const open =
    franchiseeId === null
      ? query(collectionGroup(database, "transactions"), where("exception", "==", "open"))
      : query(
          collection(database, "franchisees", franchiseeId, "transactions"),
          where("search", "array-contains", OPEN),
        );
  return query(open, orderBy("createdAt", "desc"));
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
        <a dir="auto" href={`${EXCEPTIONS}/${franchiseeId}/${stripePaymentId}${currentParameters()}`}>
          {customerText(transaction)}
        </a>
      </th>
      <td data-name={TEXT.franchisee} class="account">
        <a href={exceptionsOf(franchiseeId)}>
          <FranchiseeName franchiseeId={franchiseeId} profile={profile} />
        </a>
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
