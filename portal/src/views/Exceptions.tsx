import { collectionGroup, limit, orderBy, query, where } from "firebase/firestore";
import { useState } from "preact/hooks";
import { useQuery } from "../firestore/use-firestore.ts";
import { change, money } from "../money.ts";
import { Badge } from "../components/badges.tsx";
import { Notice, Shown } from "../components/states.tsx";
import { ShowMore } from "../components/tables.tsx";
import { Title } from "../components/headings.tsx";
import { type Payment, paymentOf } from "../firestore/transaction.ts";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { customerText, fieldText, sideText, standingText, TEXT } from "../messages.ts";
import { dateAndTime } from "../time.ts";

/** How many are shown at first; the rules allow no more than the other. */
const FIRST = 40;
const ALL = 500;

/** What does not agree with Stripe and nobody has let stand, of all franchisees; and the one that is looked at. */
interface ExceptionsProps {
  session: SignedIn;
  open: { franchiseeId: string; payment: string } | null;
}

export function Exceptions({ session, open }: ExceptionsProps) {
  const [size, setSize] = useState(FIRST);
  const exceptions = useQuery(
    `exceptions ${size}`,
    () =>
      query(
        collectionGroup(session.database, "transactions"),
        where("exception", "==", "open"),
        orderBy("createdAt", "desc"),
        limit(size),
      ),
    (document) => paymentOf(document.ref.parent.parent?.id ?? "", document.id, document.data()),
  );
  return (
    <div class="page">
      <Title>{TEXT.exceptions}</Title>
      <Shown listened={exceptions}>
        {(found) =>
          found.length === 0 ? (
            <Notice title={TEXT.noExceptions} lead={TEXT.noExceptionsLead} />
          ) : (
            <>
              <table class="exceptions" aria-label={TEXT.exceptions}>
                <thead>
                  <tr>
                    {[TEXT.customer, TEXT.franchisee, TEXT.date].map((name) => (
                      <th key={name} scope="col">
                        {name}
                      </th>
                    ))}
                    <th scope="col" class="number">
                      {TEXT.amount}
                    </th>
                    <th scope="col">{TEXT.difference}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((payment) => (
                    <Exception key={`${payment.franchiseeId}/${payment.id}`} payment={payment} />
                  ))}
                </tbody>
              </table>
              <ShowMore found={found.length} size={size} all={ALL} onShow={() => setSize(ALL)} />
            </>
          )
        }
      </Shown>
      {open ? <PaymentDialog key={open.payment} session={session} {...open} back="#/exceptions" /> : null}
    </div>
  );
}

function Exception({ payment }: { payment: Payment }) {
  const { id, franchiseeId, createdAt, total, currency, standing } = payment;
  return (
    <tr>
      <th scope="row" data-name={TEXT.customer}>
        <a href={`#/exceptions/${franchiseeId}/${id}`}>{customerText(payment)}</a>
      </th>
      <td data-name={TEXT.franchisee} class="account">
        {franchiseeId}
      </td>
      <td data-name={TEXT.date} class="together">
        {createdAt ? dateAndTime(createdAt, TIME_ZONE) : TEXT.none}
      </td>
      <td class="number" data-name={TEXT.amount}>
        {money(total, currency)}
      </td>
      <td data-name={TEXT.difference}>
        <Badge kind="bad">{standingText(standing)}</Badge>
        {payment.differences.map(({ field, recorded, stripe }) => (
          <span key={field} class="line">
            {fieldText(field)}:{" "}
            {typeof recorded === "number" && typeof stripe === "number"
              ? change(recorded - stripe, currency)
              : `${sideText(recorded, currency)}, in Stripe ${sideText(stripe, currency)}`}
          </span>
        ))}
      </td>
    </tr>
  );
}
