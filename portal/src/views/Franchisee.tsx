import { doc } from "firebase/firestore";
import { dayOf } from "../../../functions/src/domain/calendar.ts";
import { useState } from "preact/hooks";
import { BalanceSection } from "../components/BalanceSection.tsx";
import { placeOf } from "../components/FranchiseeName.tsx";
import { FreshnessText } from "../components/Freshness.tsx";
import { Title } from "../components/headings.tsx";
import { PaymentDialog } from "../components/PaymentDialog.tsx";
import { Payments } from "../components/Payments.tsx";
import { PeriodPicker } from "../components/PeriodPicker.tsx";
import { ProfileForm } from "../components/ProfileForm.tsx";
import { RevenueSection } from "../components/RevenueSection.tsx";
import { TimeZoneNote } from "../components/Time.tsx";
import { useNow } from "../components/use-now.ts";
import { toFranchisee, toProfile, withFigures } from "../firestore/revenue.ts";
import { useDocument } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { currentParameters, usePageParameters } from "../page-parameters.ts";
import { ALL_TIME, DEFAULT_PERIOD, readPeriod } from "../period.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";

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
  const [hasFigures, setHasFigures] = useState(false);
  const parameters = usePageParameters();
  const today = dayOf(useNow(), TIME_ZONE);
  const { period, days } = readPeriod(parameters.get("period"), today);
  const setPeriod = (next: string, isTyped?: boolean): void =>
    parameters.set({ period: next === DEFAULT_PERIOD ? null : next }, isTyped);
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
      <PeriodPicker period={period} days={days} today={today} onChange={setPeriod} />
      <RevenueSection
        session={session}
        franchiseeId={franchiseeId}
        days={days}
        today={today}
        parameters={parameters}
        onLoaded={() => setHasFigures(true)}
      />
      <Payments
        session={session}
        franchiseeId={franchiseeId}
        isWaiting={!hasFigures}
        days={days}
        currencies={known ? [...withFigures(known.totals).keys()] : []}
        parameters={parameters}
        onShowAll={period === ALL_TIME ? null : () => setPeriod(ALL_TIME)}
      />
      {stripePaymentId === null ? null : (
        <PaymentDialog
          key={stripePaymentId}
          session={session}
          franchiseeId={franchiseeId}
          stripePaymentId={stripePaymentId}
          back={`${addressOf(franchiseeId)}${currentParameters()}`}
        />
      )}
    </div>
  );
}
