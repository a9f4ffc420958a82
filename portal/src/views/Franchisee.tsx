import { collection, doc, documentId, limit, orderBy, query, where } from "firebase/firestore";
import { useState } from "preact/hooks";
import { dayOf, monthAfter, monthOf } from "../../../functions/src/domain/calendar.ts";
import type { Totals } from "../../../functions/src/domain/totals.ts";
import { useNow } from "../components/use-now.ts";
import { useDocument, useQuery } from "../firestore/use-firestore.ts";
import { money } from "../money.ts";
import { FreshnessText } from "../components/Freshness.tsx";
import { Loading, Shown } from "../components/states.tsx";
import { Title } from "../components/headings.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { Payments } from "../components/Payments.tsx";
import { RevenueChart } from "../components/RevenueChart.tsx";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { TEXT } from "../messages.ts";
import { monthName } from "../time.ts";
import { franchiseeOf, type Month, monthOfFields } from "../firestore/revenue.ts";

/** How many months the page shows. */
const MONTHS = 12;

export function FranchiseeView(props: { session: SignedIn; franchiseeId: string; payment: string | null }) {
  const { session, franchiseeId, payment } = props;
  const { database } = session;
  const path = `franchisees/${franchiseeId}`;
  const franchisee = useDocument(path, () => doc(database, path));
  const thisMonth = monthOf(dayOf(useNow(), TIME_ZONE));
  const first = monthAfter(thisMonth, 1 - MONTHS);
  const months = useQuery(
    `${path}/revenue ${first}`,
    () =>
      query(
        collection(database, path, "revenue"),
        where(documentId(), ">=", first),
        orderBy(documentId()),
        limit(MONTHS + 1),
      ),
    (document) => monthOfFields(document.id, document.data()),
  );
  return (
    <div class="page">
      <div class="heading">
        <div>
          <Title>{franchiseeId}</Title>
          <p class="freshness">
            {franchisee.state === "ready" ? (
              <FreshnessText freshness={franchiseeOf(franchiseeId, franchisee.data).freshness} />
            ) : null}
          </p>
        </div>
        <a class="button" href={addressOf(franchiseeId, "closes")}>
          {TEXT.closes}
        </a>
      </div>
      {months.state === "loading" ? (
        <div class="money-to-come">
          <Loading />
        </div>
      ) : (
        <Shown listened={months}>{(found) => <Money months={found} thisMonth={thisMonth} />}</Shown>
      )}
      <Payments session={session} franchiseeId={franchiseeId} />
      {payment === null ? null : (
        <PaymentDialog
          key={payment}
          session={session}
          franchiseeId={franchiseeId}
          payment={payment}
          back={addressOf(franchiseeId)}
        />
      )}
    </div>
  );
}

function Money({ months, thisMonth }: { months: Month[]; thisMonth: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const month = chosen ?? thisMonth;
  const names = Array.from({ length: MONTHS }, (_, back) => monthAfter(thisMonth, -back));
  const { totals, unrelated, days } = months.find(({ id }) => id === month) ?? {
    totals: new Map<string, Totals>(),
    unrelated: new Map<string, Totals>(),
    days: new Map(),
  };
  return (
    <>
      <section class="summary" aria-labelledby="summary">
        <div class="section-head">
          <h2 id="summary">{TEXT.summary}</h2>
          <label class="inline">
            {TEXT.month}
            <select value={month} onChange={(event) => setChosen(event.currentTarget.value)}>
              {names.map((name) => (
                <option key={name} value={name}>
                  {monthName(name)}
                </option>
              ))}
            </select>
          </label>
        </div>
        {totals.size === 0 ? <p class="empty">{TEXT.noMoney}</p> : null}
        {[...totals].map(([currency, one]) => (
          <Figures key={currency} currency={currency} totals={one} isAlone={totals.size === 1} />
        ))}
        {unrelated.size === 0 ? null : (
          <p class="note">
            {`${TEXT.unrelated}: ${[...unrelated].map(([currency, one]) => `${one.count} × ${money(one.gross, currency)}`).join(", ")}. ${TEXT.unrelatedLead}`}
          </p>
        )}
      </section>
      <RevenueChart month={month} days={days} months={months} names={names.toReversed()} />
    </>
  );
}

function Figures({ currency, totals, isAlone }: { currency: string; totals: Totals; isAlone: boolean }) {
  const figures: [name: string, amount: number, note?: string][] = [
    [TEXT.gross, totals.gross, `${totals.count} ${totals.count === 1 ? "payment" : "payments"}`],
    [
      TEXT.fees,
      totals.stripeFees + totals.platformFees,
      `Stripe ${money(totals.stripeFees, currency)}, platform ${money(totals.platformFees, currency)}`,
    ],
    [
      TEXT.net,
      totals.net,
      totals.netAdjustment === 0 ? "" : `${money(totals.net + totals.netAdjustment, currency)} after refunds`,
    ],
    [TEXT.refunded, totals.refunded, totals.disputed === 0 ? "" : `${money(totals.disputed, currency)} held by banks`],
  ];
  return (
    <>
      {isAlone ? null : <h3 class="currency">{currency.toUpperCase()}</h3>}
      <dl class="figures">
        {figures.map(([name, amount, note]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span class="figure">{money(amount, currency)}</span>
              {note ? <span class="note">{note}</span> : null}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
