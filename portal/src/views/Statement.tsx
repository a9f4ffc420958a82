import { orderBy, limit, query, Timestamp, where } from "firebase/firestore";
import { useState } from "preact/hooks";
import { dayOf, monthAfter, monthOf } from "../../../functions/src/domain/calendar.ts";
import { downloadJournal, downloadStatement, readStatement, type Statement, type StatementCurrency } from "../api.ts";
import { depositKindText, depositStatusText } from "../balance-messages.ts";
import { BalanceRow, CategoryTable } from "../components/CategoryTable.tsx";
import { DownloadButton } from "../components/DownloadButton.tsx";
import { NameOf } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { Loading, Notice, QueryState } from "../components/states.tsx";
import { ColumnHeaders } from "../components/tables.tsx";
import { useRequest } from "../components/use-request.ts";
import { type Deposit, toDeposit } from "../firestore/balance.ts";
import { depositsOf } from "../firestore/balance-queries.ts";
import { type QueryResult, useQuery } from "../firestore/use-firestore.ts";
import { JOURNAL_TEXT, TEXT } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { arrivalDate, date, dateAndTime, daysOf, monthName, startOfDay } from "../time.ts";

/** In the selection, besides the month of the address. */
const MONTHS = 24;

/** The maximum of the security rules. */
const MAX_DEPOSITS = 500;

interface StatementProps {
  session: SignedIn;
  franchiseeId: string;
  /** YYYY-MM; null for the current one. */
  month: string | null;
}

/** A month on the balance, to read and to print. */
export function StatementView({ session, franchiseeId, month }: StatementProps) {
  // A statement keeps its month while it is open.
  const [thisMonth] = useState(() => monthOf(dayOf(new Date(), TIME_ZONE)));
  const selected = month ?? thisMonth;
  const months = Array.from({ length: MONTHS }, (_, back) => monthAfter(thisMonth, -back));
  return (
    <div class="page statement">
      <p class="breadcrumb screen-only">
        <a href={addressOf(franchiseeId)}>
          <NameOf session={session} franchiseeId={franchiseeId} />
        </a>
        {" › "}
        <a href={addressOf(franchiseeId, "deposits")}>{TEXT.deposits}</a>
      </p>
      <div class="heading">
        <Title>{`${TEXT.statement}, ${monthName(selected)}`}</Title>
        <div class="controls screen-only">
          <label class="inline">
            {TEXT.month}
            <select
              value={selected}
              onChange={(event) => location.replace(addressOf(franchiseeId, "statement", event.currentTarget.value))}
            >
              {[...new Set([...months, selected])].map((id) => (
                <option key={id} value={id}>
                  {monthName(id)}
                </option>
              ))}
            </select>
          </label>
          <DownloadButton download={(signal) => downloadStatement(session.user, franchiseeId, selected, signal)} />
          <button type="button" class="primary" onClick={() => print()}>
            {TEXT.print}
          </button>
        </div>
      </div>
      <div class="controls screen-only">
        <span class="note">{TEXT.journal}</span>
        {(["quickbooks", "xero"] as const).map((program) => (
          <DownloadButton
            key={program}
            name={JOURNAL_TEXT[program]}
            download={(signal) => downloadJournal(session.user, franchiseeId, selected, program, signal)}
          />
        ))}
      </div>
      <MonthStatement key={selected} session={session} franchiseeId={franchiseeId} month={selected} />
    </div>
  );
}

type MonthProps = { session: SignedIn; franchiseeId: string; month: string };

function MonthStatement({ session, franchiseeId, month }: MonthProps) {
  const statement = useRequest(`statement ${franchiseeId} ${month}`, (signal) =>
    readStatement(session.user, franchiseeId, month, signal),
  );
  const deposits = useDepositsOfMonth(session, franchiseeId, month);
  if (statement === "loading") return <Loading />;
  if (statement === "failed") {
    return (
      <div role="alert">
        <Notice title={TEXT.statementFailed}>
          <button type="button" onClick={() => location.reload()}>
            {TEXT.tryAgain}
          </button>
        </Notice>
      </div>
    );
  }
  const { currencies, asOf } = statement;
  if (asOf === null) return <Notice title={TEXT.noBalance} />;
  return (
    <>
      <Facts franchiseeId={franchiseeId} month={month} statement={statement} />
      {currencies.length === 0 ? <Notice title={TEXT.noActivity} /> : null}
      {currencies.map((one) => (
        <CurrencyStatement
          key={one.currency}
          franchiseeId={franchiseeId}
          month={month}
          statement={one}
          deposits={deposits}
          asOf={asOf}
        />
      ))}
    </>
  );
}

/** By date of movement, oldest first. */
function useDepositsOfMonth({ database }: SignedIn, franchiseeId: string, month: string): QueryResult<Deposit[]> {
  const [from, to] = [month, monthAfter(month, 1)].map((one) => Timestamp.fromDate(startOfDay(`${one}-01`, TIME_ZONE)));
  return useQuery(
    `deposits ${franchiseeId} ${month}`,
    () =>
      query(
        depositsOf(database, franchiseeId),
        where("createdAt", ">=", from),
        where("createdAt", "<", to),
        orderBy("createdAt"),
        limit(MAX_DEPOSITS),
      ),
    (document) => toDeposit(document.id, document.data()),
  );
}

interface FactsProps extends Pick<MonthProps, "franchiseeId" | "month"> {
  statement: Statement;
}

function Facts({ franchiseeId, month, statement: { currencies, asOf, isComplete } }: FactsProps) {
  const days = daysOf(month);
  const facts = [
    [TEXT.franchisee, franchiseeId],
    [TEXT.period, `${date(days[0] ?? "")} to ${date(days.at(-1) ?? "")}`],
    ...(isComplete || asOf === null ? [] : [[TEXT.until, dateAndTime(asOf, TIME_ZONE)] as const]),
    [TEXT.timeZone, TIME_ZONE],
    [TEXT.currency, currencies.map(({ currency }) => currency.toUpperCase()).join(", ") || TEXT.none],
    [TEXT.basis, TEXT.byMovement],
  ] as const;
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface CurrencyStatementProps extends Pick<MonthProps, "franchiseeId" | "month"> {
  statement: StatementCurrency;
  deposits: QueryResult<Deposit[]>;
  asOf: Date;
}

function CurrencyStatement({ franchiseeId, month, statement, deposits, asOf }: CurrencyStatementProps) {
  const { currency, opening, activity, closing } = statement;
  const code = currency.toUpperCase();
  const subject = `${franchiseeId} · ${monthName(month)} · ${code}`;
  return (
    <section aria-label={code}>
      <h2>{code}</h2>
      <CategoryTable
        title={`${TEXT.balance}, ${code}`}
        totals={activity}
        currency={currency}
        sum={TEXT.activity}
        head={<PrintedHead subject={subject} columns={5} />}
        before={<BalanceRow name={TEXT.opening} amount={opening} currency={currency} />}
        after={
          <>
            <BalanceRow name={TEXT.deposits} amount={statement.deposits} currency={currency} />
            <BalanceRow name={TEXT.closing} amount={closing} currency={currency} />
          </>
        }
      />
      <p class="note">{feesText(statement)}</p>
      <Comparison statement={statement} asOf={asOf} />
      <h3>{TEXT.deposits}</h3>
      <QueryState result={deposits}>
        {(all) => (
          <DepositTable
            franchiseeId={franchiseeId}
            subject={subject}
            currency={currency}
            deposits={all.filter((one) => one.currency === currency && (one.createdAt ?? asOf) <= asOf)}
            total={statement.deposits}
            isCut={all.length >= MAX_DEPOSITS}
          />
        )}
      </QueryState>
    </section>
  );
}

/** Says on each printed page what the table belongs to. */
function PrintedHead({ subject, columns }: { subject: string; columns: number }) {
  return (
    <tr class="print-only">
      <th colSpan={columns}>{subject}</th>
    </tr>
  );
}

interface DepositTableProps {
  franchiseeId: string;
  subject: string;
  currency: string;
  deposits: readonly Deposit[];
  /** What they took from the balance, and what came back to it: negative. */
  total: number;
  /** Whether there are more. */
  isCut: boolean;
}

function DepositTable({ franchiseeId, subject, currency, deposits, total, isCut }: DepositTableProps) {
  const listed = deposits.reduce((sum, { amount }) => sum + amount, 0);
  const rest = total + listed;
  const note = isCut
    ? `Only the first ${MAX_DEPOSITS} are shown.`
    : rest === 0
      ? null
      : `These add up to ${money(listed, currency)}. The rest, ${signedMoney(rest, currency)}, is from deposits that were returned, or that moved in another month.`;
  if (deposits.length === 0) return <p>{note ?? TEXT.noDepositsInMonth}</p>;
  return (
    <>
      <table class="cards" aria-label={`${TEXT.deposits}, ${currency.toUpperCase()}`}>
        <thead>
          <PrintedHead subject={subject} columns={5} />
          <tr>
            <ColumnHeaders names={[TEXT.created, TEXT.arrival, TEXT.kind, TEXT.status]} />
            <ColumnHeaders names={[TEXT.amount]} isNumber />
          </tr>
        </thead>
        <tbody>
          {deposits.map((deposit) => (
            <tr key={deposit.id}>
              <th scope="row" data-name={TEXT.created}>
                <a href={addressOf(franchiseeId, "deposits", deposit.id)}>
                  {deposit.createdAt ? date(dayOf(deposit.createdAt, TIME_ZONE)) : deposit.id}
                </a>
              </th>
              <td data-name={TEXT.arrival}>{deposit.arrivesAt ? arrivalDate(deposit.arrivesAt) : TEXT.none}</td>
              <td data-name={TEXT.kind}>{depositKindText(deposit.kind)}</td>
              <td data-name={TEXT.status}>{depositStatusText(deposit)}</td>
              <td class="number" data-name={TEXT.amount}>
                {money(deposit.amount, currency)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {note === null ? null : <p class="note">{note}</p>}
    </>
  );
}

function feesText({ currency, stripeFees, platformFees, disputeFees }: StatementCurrency): string {
  const fees = [
    [TEXT.stripeFees, stripeFees],
    [TEXT.platformFees, platformFees],
    [TEXT.disputeFees, disputeFees],
  ] as const;
  return `Fees in these figures: ${fees.map(([name, amount]) => `${name} ${money(amount, currency)}`).join(", ")}.`;
}

/** Stripe states its balance as of now only, so it is compared with the newest statement. */
function Comparison({ statement, asOf }: { statement: StatementCurrency; asOf: Date }) {
  const { currency, stripeBalance, difference, available, pending, closing } = statement;
  if (stripeBalance === null || difference === null) return null;
  return (
    <div class="comparison">
      <h3>{TEXT.comparison}</h3>
      <p>
        {`Stripe’s balance on ${dateAndTime(asOf, TIME_ZONE)}: ${money(stripeBalance, currency)}`}
        {available === null || pending === null
          ? ""
          : ` (${money(available, currency)} available, ${money(pending, currency)} pending)`}
        {`. Closing balance: ${money(closing, currency)}. Difference: ${signedMoney(difference, currency)}.`}
      </p>
    </div>
  );
}
