import type { Firestore } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import type { FranchiseeProfile } from "../../../functions/src/domain/franchisee-profile.ts";
import { type SearchQuery, searchQuery } from "../../../functions/src/domain/search-query.ts";
import { Badge, statusKind } from "../components/badges.tsx";
import { FranchiseeName, useProfiles } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { ErrorNotice, Loading, Notice } from "../components/states.tsx";
import { ColumnHeaders } from "../components/tables.tsx";
import { Time } from "../components/Time.tsx";
import {
  accountOfDeposit,
  isFranchisee,
  paymentsById,
  PaymentSearch,
  type Scope,
} from "../firestore/payment-search.ts";
import type { Transaction } from "../firestore/transaction.ts";
import { toFailure } from "../firestore/use-firestore.ts";
import { customerText, remarkText, statusText, TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { addressOf, routeOf, SEARCH, searchAddressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";

interface SearchProps {
  session: SignedIn;
  text: string;
  open: { franchiseeId: string; stripePaymentId: string } | null;
}

/** The payments that a text finds, and a dialog for the selected one. The id of anything else opens it. */
export function SearchView({ session, text, open }: SearchProps) {
  const { result, readOn } = useSearch(session, text);
  return (
    <div class="page">
      <Title>{TEXT.searchResults}</Title>
      <Result session={session} result={result} hasAccounts={scopeOf(session)?.length !== 1} onReadOn={readOn} />
      <details class="search-help">
        <summary>{TEXT.searchHelp}</summary>
        <ul>
          {TEXT.searchHelpLines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </details>
      {open ? <PaymentDialog key={open.stripePaymentId} session={session} {...open} back={SEARCH} /> : null}
    </div>
  );
}

interface Found {
  state: "found";
  payments: Transaction[];
  /** Whether nothing else can match. */
  isComplete: boolean;
  /** Whether none has the address that was typed. */
  isSimilar: boolean;
  isReading: boolean;
}

const NOTHING = {
  empty: { title: TEXT.emptySearch },
  short: { title: TEXT.shortSearch },
  "no such id": { title: TEXT.noSuchId, lead: TEXT.noSuchIdLead },
} as const;

type SearchResult =
  { state: "loading" } | { state: "denied" | "failed" } | { state: "nothing"; why: keyof typeof NOTHING } | Found;

/** Null: all franchisees. */
function scopeOf({ grants }: SignedIn): Scope {
  return grants.isAdmin ? null : grants.franchisees;
}

/** The result so far, and a function that reads on. */
function useSearch(session: SignedIn, text: string) {
  const [result, setResult] = useState<SearchResult>({ state: "loading" });
  const search = useRef<PaymentSearch | null>(null);
  const { database } = session;
  const scope = scopeOf(session);

  const findText = async ({ conditions, similar }: SearchQuery & { kind: "text" }): Promise<SearchResult> => {
    search.current = new PaymentSearch(database, scope, conditions);
    const exact = await search.current.next();
    if (similar === null || exact.payments.length > 0 || !exact.isComplete) {
      return { state: "found", ...exact, isSimilar: false, isReading: false };
    }
    search.current = new PaymentSearch(database, scope, similar);
    return { state: "found", ...(await search.current.next()), isSimilar: true, isReading: false };
  };

  const run = async (query: SearchQuery): Promise<SearchResult> => {
    if (query.kind === "short") return { state: "nothing", why: text.trim() === "" ? "empty" : "short" };
    if (query.kind === "text") return findText(query);
    const { kind, id } = query;
    if (kind === "payment" || kind === "charge") {
      const payments = await paymentsById(database, scope, { kind, id });
      const [payment] = payments;
      if (!payment) return { state: "nothing", why: "no such id" };
      goFromSearch(searchAddressOf(payment.franchiseeId, payment.stripePaymentId));
      return { state: "found", payments, isComplete: true, isSimilar: false, isReading: false };
    }
    const address = await addressOfId(database, scope, { kind, id });
    if (address === null) return { state: "nothing", why: "no such id" };
    goFromSearch(address);
    return { state: "loading" };
  };

  useEffect(() => {
    let isLatest = true;
    run(searchQuery(text)).then(
      (found) => isLatest && setResult(found),
      (error: unknown) => isLatest && setResult(toFailure(error)),
    );
    return () => {
      isLatest = false;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` remounts the view for another search
  }, []);

  const readOn = (found: Found): void => {
    setResult({ ...found, isReading: true });
    search.current?.next().then(
      ({ payments, isComplete }) => setResult({ ...found, payments: [...found.payments, ...payments], isComplete }),
      (error: unknown) => setResult(toFailure(error)),
    );
  };
  return { result, readOn };
}

/** Unless something else was opened meanwhile, or a reload opens a payment. */
function goFromSearch(address: string): void {
  const route = routeOf(location.hash);
  if (route.view === "search" && route.open === null) location.replace(address);
}

/** The address of a franchisee or a deposit; null if there is none. */
async function addressOfId(
  database: Firestore,
  scope: Scope,
  { kind, id }: { kind: "account" | "payout"; id: string },
): Promise<string | null> {
  if (kind === "account") return (await isFranchisee(database, scope, id)) ? addressOf(id) : null;
  const account = await accountOfDeposit(database, scope, id);
  return account === null ? null : addressOf(account, "deposits", id);
}

interface ResultProps {
  session: SignedIn;
  result: SearchResult;
  hasAccounts: boolean;
  onReadOn: (found: Found) => void;
}

function Result({ session, result, hasAccounts, onReadOn }: ResultProps) {
  if (result.state === "loading") return <Loading />;
  if (result.state === "nothing") {
    return (
      <div role="status">
        <Notice {...NOTHING[result.why]} />
      </div>
    );
  }
  if (result.state !== "found") return <ErrorNotice isDenied={result.state === "denied"} />;
  const { payments, isComplete, isSimilar, isReading } = result;
  return (
    <>
      <div role="status">
        {payments.length === 0 ? (
          <Notice title={isComplete ? TEXT.noSearchMatches : TEXT.noMatchYet} />
        ) : (
          <p class="hint">
            {isSimilar ? `${TEXT.similarAddresses} ` : ""}
            {foundText(payments.length, isComplete)}
          </p>
        )}
      </div>
      {payments.length === 0 ? null : <ResultTable session={session} payments={payments} hasAccounts={hasAccounts} />}
      {isComplete ? null : (
        <p class="list-end">
          <button type="button" disabled={isReading} onClick={() => onReadOn(result)}>
            {isReading ? TEXT.loading : TEXT.searchOn}
          </button>
        </p>
      )}
    </>
  );
}

function foundText(count: number, isComplete: boolean): string {
  if (!isComplete) return `The newest ${count} are shown. There may be more.`;
  return count === 1 ? "1 payment found." : `${count} payments found.`;
}

interface ResultTableProps {
  session: SignedIn;
  payments: readonly Transaction[];
  hasAccounts: boolean;
}

function ResultTable({ session, payments, hasAccounts }: ResultTableProps) {
  const profiles = useProfiles(
    session,
    payments.map(({ franchiseeId }) => franchiseeId),
  );
  return (
    <table class="cards" aria-label={TEXT.searchResults}>
      <thead>
        <tr>
          <ColumnHeaders
            names={[TEXT.customer, ...(hasAccounts ? [TEXT.franchisee] : []), TEXT.workshop, TEXT.date, TEXT.status]}
          />
          <ColumnHeaders names={[TEXT.amount, TEXT.net]} isNumber />
        </tr>
      </thead>
      <tbody>
        {payments.map((payment) => (
          <ResultRow
            key={`${payment.franchiseeId} ${payment.stripePaymentId}`}
            payment={payment}
            hasAccounts={hasAccounts}
            profile={profiles.get(payment.franchiseeId)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface ResultRowProps {
  payment: Transaction;
  hasAccounts: boolean;
  profile: FranchiseeProfile | undefined;
}

function ResultRow({ payment, hasAccounts, profile }: ResultRowProps) {
  const { franchiseeId, stripePaymentId, email, phone, workshopName, createdAt, status, currency, exception } = payment;
  const remark = remarkText(payment);
  return (
    <tr>
      <th scope="row" data-name={TEXT.customer}>
        <a href={searchAddressOf(franchiseeId, stripePaymentId)} dir="auto">
          {customerText(payment)}
        </a>
        {[email, phone].map((text) =>
          text === null ? null : (
            <span key={text} class="line note">
              {text}
            </span>
          ),
        )}
      </th>
      {hasAccounts ? (
        <td data-name={TEXT.franchisee}>
          <a href={addressOf(franchiseeId)}>
            <FranchiseeName franchiseeId={franchiseeId} profile={profile} />
          </a>
        </td>
      ) : null}
      <td data-name={TEXT.workshop} dir="auto">
        {workshopName ?? TEXT.none}
      </td>
      <td data-name={TEXT.date} class="nowrap">
        {createdAt ? <Time at={createdAt} /> : TEXT.none}
      </td>
      <td data-name={TEXT.status}>
        <Badge kind={statusKind(status)}>{statusText(status)}</Badge>
        {remark === null ? null : <Badge kind={exception === "open" ? "bad" : "open"}>{remark}</Badge>}
      </td>
      <td class="number" data-name={TEXT.amount}>
        {money(payment.amount_total, currency)}
      </td>
      <td class="number" data-name={TEXT.net}>
        {money(payment.amount_franchisee_net, currency)}
      </td>
    </tr>
  );
}
