import { collection, limit, query, where } from "firebase/firestore";
import { Badge } from "../components/badges.tsx";
import { FranchiseeName, NameOf } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { ErrorNotice } from "../components/states.tsx";
import { ColumnHeaders } from "../components/tables.tsx";
import { Time, TimeZoneNote } from "../components/Time.tsx";
import { Worklist } from "../components/Worklist.tsx";
import { type Franchisee, toFranchisee } from "../firestore/revenue.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { currentParameters, usePageParameters } from "../page-parameters.ts";
import { addressOf, EMAILS, EXCEPTIONS, isAccount } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { EMAIL_TEXT } from "../worklist-messages.ts";

/** The maximum of the security rules. */
const MAX_BALANCES = 500;

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
    <div class="page exceptions">
      <div class="heading">
        <Title>{TEXT.exceptions}</Title>
        <div class="controls screen-only">
          <a class="button" href={EMAILS}>
            {EMAIL_TEXT.title}
          </a>
        </div>
      </div>
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
      <Worklist
        key={franchiseeId}
        session={session}
        franchiseeId={franchiseeId}
        parameters={parameters}
        hasBalances={hasBalances}
      />
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
                <th scope="row" data-name={TEXT.franchisee}>
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
