import { collectionGroup, limit, orderBy, query, where } from "firebase/firestore";
import { useState } from "preact/hooks";
import { Badge } from "../components/badges.tsx";
import { Title } from "../components/headings.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { ColumnHeaders, QueryTable } from "../components/tables.tsx";
import { type Difference, fromFirestore, type Transaction } from "../firestore/transaction.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { customerText, fieldText, reconciliationText, TEXT, valueText } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
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

/** The open exceptions of all franchisees, and a dialog for the selected one. */
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
  return (
    <div class="page">
      <Title>{TEXT.exceptions}</Title>
      <QueryTable
        title={TEXT.exceptions}
        result={result}
        size={size}
        max={MAX}
        onShowMore={() => setSize(MAX)}
        noRows={{ title: TEXT.noExceptions, lead: TEXT.noExceptionsLead }}
        header={
          <>
            <ColumnHeaders names={[TEXT.customer, TEXT.franchisee, TEXT.date]} />
            <ColumnHeaders names={[TEXT.amount]} isNumber />
            <ColumnHeaders names={[TEXT.difference]} />
          </>
        }
      >
        {(transactions) =>
          transactions.map((transaction) => (
            <ExceptionRow
              key={`${transaction.franchiseeId}/${transaction.stripePaymentId}`}
              transaction={transaction}
            />
          ))
        }
      </QueryTable>
      {open ? <PaymentDialog key={open.stripePaymentId} session={session} {...open} back="#/exceptions" /> : null}
    </div>
  );
}

function ExceptionRow({ transaction }: { transaction: Transaction }) {
  const { stripePaymentId, franchiseeId, createdAt, amount_total, currency, reconciliation } = transaction;
  return (
    <tr>
      <th scope="row" data-name={TEXT.customer}>
        <a href={`#/exceptions/${franchiseeId}/${stripePaymentId}`}>{customerText(transaction)}</a>
      </th>
      <td data-name={TEXT.franchisee} class="account">
        {franchiseeId}
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
            {fieldText(difference.field)}: {differenceText(difference, currency)}
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
