import { isOfPayout } from "../../../functions/src/domain/balance-transaction.ts";
import { useState } from "preact/hooks";
import { unexplainedText } from "../balance-messages.ts";
import { type Balance } from "../firestore/balance.ts";
import { movementsWhere, useNextDeposit, usePaidByHand } from "../firestore/balance-queries.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { arrivalDate, dateAndTime } from "../time.ts";
import { MovementTable } from "./MovementTable.tsx";

interface BalanceSectionProps {
  session: SignedIn;
  franchiseeId: string;
  /** Null before the first comparison with Stripe's. */
  balance: Balance | null;
}

/** What Stripe holds for the franchisee, when it arrives, and whether the recorded movements explain it. */
export function BalanceSection({ session, franchiseeId, balance }: BalanceSectionProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <section class="balance" aria-labelledby="balance">
      <div class="section-head">
        <h2 id="balance">{TEXT.balance}</h2>
        {balance?.checkedAt ? <p class="note">{`As of ${dateAndTime(balance.checkedAt, TIME_ZONE)}`}</p> : null}
      </div>
      <Figures session={session} franchiseeId={franchiseeId} balance={balance} />
      {balance?.isExplained === false ? <Unexplained balance={balance} /> : null}
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>{TEXT.notDeposited}</summary>
        {isOpen ? <NotDeposited session={session} franchiseeId={franchiseeId} /> : null}
      </details>
    </section>
  );
}

function Figures({ session, franchiseeId, balance }: BalanceSectionProps) {
  const next = useNextDeposit(session, franchiseeId);
  const known = balance?.currencies ?? [];
  const isElsewhere = next !== null && known.every(({ currency }) => currency !== next.currency);
  const rows = [
    ...known.map(({ currency, available, pending }) => ({ currency, amounts: { available, pending } })),
    ...(isElsewhere ? [{ currency: next.currency, amounts: null }] : []),
  ];
  return (
    <>
      {balance ? null : <p class="empty">{TEXT.noBalance}</p>}
      {rows.map(({ currency, amounts }) => (
        <dl key={currency} class="figures">
          {amounts === null ? null : (
            <>
              <Figure name={TEXT.available} amount={amounts.available} currency={currency} />
              <Figure name={TEXT.pending} amount={amounts.pending} currency={currency} />
            </>
          )}
          {next?.currency === currency ? (
            <div>
              <dt>{TEXT.nextDeposit}</dt>
              <dd>
                <span class="figure">{money(next.amount, currency)}</span>
                <a class="note" href={addressOf(franchiseeId, "deposits", next.id)}>
                  {next.arrivesAt ? `arrives on ${arrivalDate(next.arrivesAt)}` : next.id}
                </a>
              </dd>
            </div>
          ) : null}
        </dl>
      ))}
    </>
  );
}

function Figure({ name, amount, currency }: { name: string; amount: number; currency: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="figure">{money(amount, currency)}</span>
      </dd>
    </div>
  );
}

function Unexplained({ balance }: { balance: Balance }) {
  const { currencies, unexplainedSince } = balance;
  return (
    <div class="message message-alert">
      <p>
        <strong>{TEXT.unexplainedBalance}</strong>
        {unexplainedSince ? ` since ${dateAndTime(unexplainedSince, TIME_ZONE)}` : ""}
      </p>
      {currencies
        .filter(({ difference }) => difference !== 0)
        .map((one) => (
          <p key={one.currency}>{unexplainedText(one)}</p>
        ))}
    </div>
  );
}

function NotDeposited({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  const isByHand = usePaidByHand(session, franchiseeId);
  return (
    <>
      {isByHand ? <p class="note">{TEXT.paidByHandLead}</p> : null}
      <MovementTable
        session={session}
        franchiseeId={franchiseeId}
        title={TEXT.notDeposited}
        name={`not deposited ${franchiseeId}`}
        query={() => movementsWhere(session.database, franchiseeId, "payoutId", null)}
        // Money that came back is in none until the next deposit; those made by hand are not assigned.
        isShown={(movement) => !isOfPayout(movement) || (!isByHand && movement.reportingCategory !== "payout")}
        noRows={{ title: TEXT.notDepositedLead }}
        paymentAddress={(stripePaymentId) => addressOf(franchiseeId, stripePaymentId)}
      />
    </>
  );
}
