import { collection, doc, documentId, limit, orderBy, query, where } from "firebase/firestore";
import { useState } from "preact/hooks";
import { dayOf, monthAfter, monthOf } from "../../../functions/src/domain/calendar.ts";
import type { Totals } from "../../../functions/src/domain/totals.ts";
import { BalanceSection } from "../components/BalanceSection.tsx";
import { placeOf } from "../components/FranchiseeName.tsx";
import { FreshnessText } from "../components/Freshness.tsx";
import { Title } from "../components/headings.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { Payments } from "../components/Payments.tsx";
import { ProfileForm } from "../components/ProfileForm.tsx";
import { RevenueChart } from "../components/RevenueChart.tsx";
import { Loading, QueryState } from "../components/states.tsx";
import { TimeZoneNote } from "../components/Time.tsx";
import { useNow } from "../components/use-now.ts";
import { type Month, toFranchisee, toMonth, toProfile } from "../firestore/revenue.ts";
import { useDocument, useQuery } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { monthName } from "../time.ts";
import { besideText, figuresOf, WATERFALL_TEXT } from "../waterfall.ts";

const MONTHS = 12;

interface FranchiseeProps {
  session: SignedIn;
  franchiseeId: string;
  stripePaymentId: string | null;
}

export function FranchiseeView({ session, franchiseeId, stripePaymentId }: FranchiseeProps) {
  const { database } = session;
  const path = `franchisees/${franchiseeId}`;
  const franchisee = useDocument(path, () => doc(database, path));
  const known = franchisee.state === "ready" ? toFranchisee(franchiseeId, franchisee.data) : null;
  const thisMonth = monthOf(dayOf(useNow(), TIME_ZONE));
  const first = monthAfter(thisMonth, 1 - MONTHS);
  const result = useQuery(
    `${path}/revenue ${first}`,
    () =>
      query(
        collection(database, path, "revenue"),
        where(documentId(), ">=", first),
        orderBy(documentId()),
        limit(MONTHS + 1),
      ),
    (document) => toMonth(document.id, document.data()),
  );
  return (
    <div class="page">
      <div class="heading">
        <div>
          <Title>{known?.profile.businessName ?? franchiseeId}</Title>
          {known?.profile.businessName ? (
            <p class="place">
              {[placeOf(known.profile), ""].join(" ")}
              <small class="account">{franchiseeId}</small>
            </p>
          ) : null}
          <p class="freshness">{known ? <FreshnessText freshness={known.freshness} /> : null}</p>
          <TimeZoneNote />
        </div>
        <nav class="controls" aria-label={franchiseeId}>
          {[
            [TEXT.deposits, "deposits"],
            [TEXT.statement, "statement"],
            [TEXT.closes, "closes"],
          ].map(([name, part = ""]) => (
            <a key={part} class="button" href={addressOf(franchiseeId, part)}>
              {name}
            </a>
          ))}
        </nav>
      </div>
      {session.grants.isAdmin && franchisee.state === "ready" ? (
        <ProfileForm
          session={session}
          franchiseeId={franchiseeId}
          entered={toProfile(franchisee.data, "headOffice")}
          stripe={toProfile(franchisee.data, "stripe")}
        />
      ) : null}
      <BalanceSection session={session} franchiseeId={franchiseeId} balance={known?.balance ?? null} />
      {result.state === "loading" ? (
        <div class="revenue-placeholder">
          <Loading />
        </div>
      ) : (
        <QueryState result={result}>{(months) => <Revenue months={months} thisMonth={thisMonth} />}</QueryState>
      )}
      <Payments session={session} franchiseeId={franchiseeId} />
      {stripePaymentId === null ? null : (
        <PaymentDialog
          key={stripePaymentId}
          session={session}
          franchiseeId={franchiseeId}
          stripePaymentId={stripePaymentId}
          back={addressOf(franchiseeId)}
        />
      )}
    </div>
  );
}

function Revenue({ months, thisMonth }: { months: Month[]; thisMonth: string }) {
  const [month, setMonth] = useState<string | null>(null);
  const selected = month ?? thisMonth;
  const monthIds = Array.from({ length: MONTHS }, (_, back) => monthAfter(thisMonth, -back));
  const { totals, unrelated, days } = months.find((one) => one.month === selected) ?? toMonth(selected, null);
  const unrelatedSales = [...unrelated].map(([currency, { count, gross }]) => `${count} × ${money(gross, currency)}`);
  return (
    <>
      <section aria-labelledby="summary">
        <div class="section-head">
          <h2 id="summary">{TEXT.summary}</h2>
          <label class="inline">
            {TEXT.month}
            <select value={selected} onChange={(event) => setMonth(event.currentTarget.value)}>
              {monthIds.map((id) => (
                <option key={id} value={id}>
                  {monthName(id)}
                </option>
              ))}
            </select>
          </label>
        </div>
        {totals.size === 0 ? <p class="empty">{TEXT.noRevenue}</p> : null}
        {[...totals].map(([currency, one]) => (
          <Figures key={currency} currency={currency} totals={one} isAlone={totals.size === 1} />
        ))}
        {totals.size === 0 ? null : <p class="note">{WATERFALL_TEXT.byPayment}</p>}
        {unrelatedSales.length === 0 ? null : (
          <p class="note">{`${TEXT.unrelated}: ${unrelatedSales.join(", ")}. ${TEXT.unrelatedLead}`}</p>
        )}
      </section>
      <RevenueChart month={selected} days={days} months={months} monthIds={monthIds.toReversed()} />
    </>
  );
}

function Figures({ currency, totals, isAlone }: { currency: string; totals: Totals; isAlone: boolean }) {
  const beside = besideText(totals, currency);
  return (
    <>
      {isAlone ? null : <h3 class="currency">{currency.toUpperCase()}</h3>}
      <dl class="figures">
        {figuresOf(totals, currency).map(({ name, amount, note }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span class="figure">{money(amount, currency)}</span>
              {note === "" ? null : <span class="note">{note}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {beside === null ? null : <p class="note">{beside}</p>}
    </>
  );
}
