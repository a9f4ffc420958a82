import { limit, query } from "firebase/firestore";
import { KEPT_PARTS, type Kept, keptOf } from "../../../functions/src/domain/kept.ts";
import { depositStatusText, KEPT_TEXT, movementText } from "../balance-messages.ts";
import { type Movement, toDeposit, toMovement } from "../firestore/balance.ts";
import { depositsOf, movementsWhere, usePaidByHand } from "../firestore/balance-queries.ts";
import type { Transaction } from "../firestore/transaction.ts";
import { useDocumentsById, useQuery } from "../firestore/use-firestore.ts";
import { shareText, TEXT } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { arrivalDate } from "../time.ts";
import { Section } from "./headings.tsx";
import { QueryState } from "./states.tsx";
import { Time } from "./Time.tsx";

/** More than any payment is known to have. */
const MAX_MOVEMENTS = 50;

/** The movements of a payment on the franchisee's balance, with their deposits, and what they add up to. */
export function OnTheBalance({ session, transaction }: { session: SignedIn; transaction: Transaction }) {
  const { franchiseeId, stripePaymentId } = transaction;
  const result = useQuery(
    `movements of ${franchiseeId} ${stripePaymentId}`,
    () =>
      query(movementsWhere(session.database, franchiseeId, "stripePaymentId", stripePaymentId), limit(MAX_MOVEMENTS)),
    (document) => toMovement(document.id, document.data()),
  );
  return (
    <Section title={TEXT.onTheBalance}>
      <QueryState result={result}>
        {(movements) =>
          movements.length === 0 ? (
            <p>{TEXT.noBalanceMovements}</p>
          ) : (
            <>
              <MovementList session={session} franchiseeId={franchiseeId} movements={movements.toReversed()} />
              {movements.length < MAX_MOVEMENTS ? (
                keptOf(movements).map((kept) => <KeptFacts key={kept.currency} session={session} kept={kept} />)
              ) : (
                <p class="note">{TEXT.tooManyMovements}</p>
              )}
            </>
          )
        }
      </QueryState>
    </Section>
  );
}

interface MovementListProps {
  session: SignedIn;
  franchiseeId: string;
  movements: readonly Movement[];
}

function MovementList({ session, franchiseeId, movements }: MovementListProps) {
  const deposits = useDocumentsById(
    depositsOf(session.database, franchiseeId),
    movements.flatMap(({ payoutId }) => payoutId ?? []),
    (document) => toDeposit(document.id, document.data()),
  );
  return (
    <ul class="movements">
      {movements.map((movement) => {
        const { id, net, currency, createdAt, payoutId } = movement;
        const deposit = payoutId === null ? undefined : deposits.get(payoutId);
        const day = deposit?.arrivesAt ? arrivalDate(deposit.arrivesAt) : payoutId;
        return (
          <li key={id}>
            <strong>{signedMoney(net, currency)}</strong>
            <span>{movementText(movement)}</span>
            <Time at={createdAt} />
            <span class="line">
              {payoutId === null ? (
                <NotDeposited session={session} franchiseeId={franchiseeId} />
              ) : (
                <>
                  <a href={addressOf(franchiseeId, "deposits", payoutId)}>{`Deposit of ${day}`}</a>
                  {deposit ? ` · ${depositStatusText(deposit)}` : ""}
                </>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function NotDeposited({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  return <>{usePaidByHand(session, franchiseeId) ? TEXT.paidByHand : TEXT.notDeposited}</>;
}

/** The parts that are not 0, and their sum. */
function KeptFacts({ session, kept }: { session: SignedIn; kept: Kept }) {
  const { currency } = kept;
  return (
    <dl class="facts kept">
      {KEPT_PARTS.map((part) =>
        kept[part] === 0 ? null : (
          <div key={part}>
            <dt>{KEPT_TEXT[part]}</dt>
            <dd>{money(kept[part], currency)}</dd>
          </div>
        ),
      )}
      <div class="sum">
        <dt>{shareText(session.grants).kept}</dt>
        <dd>{money(kept.kept, currency)}</dd>
      </div>
    </dl>
  );
}
