import { orderBy, query } from "firebase/firestore";
import { bankText, depositKindText, returnText } from "../balance-messages.ts";
import { DepositExplanation, DepositStatus } from "../components/DepositStatus.tsx";
import { NameOf } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { PagedTable } from "../components/PagedTable.tsx";
import { ColumnHeaders } from "../components/tables.tsx";
import { TimeZoneNote } from "../components/Time.tsx";
import { type Deposit, toDeposit } from "../firestore/balance.ts";
import { depositsOf } from "../firestore/balance-queries.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { arrivalDate } from "../time.ts";

const PAGE_SIZE = 40;

/** A franchisee's deposits, newest first. */
export function Deposits({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  return (
    <div class="page">
      <p class="breadcrumb">
        <a href={addressOf(franchiseeId)}>
          <NameOf session={session} franchiseeId={franchiseeId} />
        </a>
      </p>
      <div class="heading">
        <Title>{TEXT.deposits}</Title>
        <a class="button" href={addressOf(franchiseeId, "statement")}>
          {TEXT.statement}
        </a>
      </div>
      <TimeZoneNote />
      <PagedTable
        title={TEXT.deposits}
        name={`deposits ${franchiseeId}`}
        query={() => query(depositsOf(session.database, franchiseeId), orderBy("createdAt", "desc"))}
        convert={(document) => toDeposit(document.id, document.data())}
        pageSize={PAGE_SIZE}
        noRows={{ title: TEXT.noDeposits, lead: TEXT.noDepositsLead }}
        header={
          <>
            <ColumnHeaders names={[TEXT.arrival]} />
            <ColumnHeaders names={[TEXT.amount]} isNumber />
            <ColumnHeaders names={[TEXT.status, TEXT.kind, TEXT.explained, TEXT.bank]} />
          </>
        }
      >
        {(deposits) =>
          deposits.map((deposit) => <DepositRow key={deposit.id} franchiseeId={franchiseeId} deposit={deposit} />)
        }
      </PagedTable>
    </div>
  );
}

function DepositRow({ franchiseeId, deposit }: { franchiseeId: string; deposit: Deposit }) {
  const { id, amount, currency, arrivesAt, kind, bank } = deposit;
  const returned = returnText(deposit);
  return (
    <tr>
      <th scope="row" data-name={TEXT.arrival} class="nowrap">
        <a href={addressOf(franchiseeId, "deposits", id)}>{arrivesAt ? arrivalDate(arrivesAt) : id}</a>
      </th>
      <td class="number" data-name={TEXT.amount}>
        {money(amount, currency)}
      </td>
      <td data-name={TEXT.status}>
        <DepositStatus deposit={deposit} />
        {returned === null ? null : <span class="line note">{returned}</span>}
      </td>
      <td data-name={TEXT.kind} class="nowrap">
        {depositKindText(kind)}
      </td>
      <td data-name={TEXT.explained}>
        <DepositExplanation deposit={deposit} />
      </td>
      <td data-name={TEXT.bank}>{bankText(bank)}</td>
    </tr>
  );
}
