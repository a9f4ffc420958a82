import { collection, documentId, limit, orderBy, query, where } from "firebase/firestore";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { monthAfter, monthOf } from "../../../functions/src/domain/calendar.ts";
import type { Totals } from "../../../functions/src/domain/totals.ts";
import { hasFigures, type Month, sortedSumOf, toMonth } from "../firestore/revenue.ts";
import { useQuery } from "../firestore/use-firestore.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";
import type { PageParameters } from "../page-parameters.ts";
import { chartedDays, type Days, isWholeMonths, isWithin } from "../period.ts";
import type { SignedIn } from "../session.ts";
import { monthName } from "../time.ts";
import { besideText, figuresOf, WATERFALL_TEXT } from "../waterfall.ts";
import { RevenueChart } from "./RevenueChart.tsx";
import { RevenueGroups } from "./RevenueGroups.tsx";
import { Loading, QueryState } from "./states.tsx";

/** As many months as the security rules allow documents. */
const MAX_MONTHS = 500;

interface RevenueSectionProps {
  session: SignedIn;
  franchiseeId: string;
  days: Days;
  today: string;
  parameters: PageParameters;
  /** Called when they are shown, or have failed to load. */
  onLoaded: () => void;
}

/** The figures and the chart of a period: the sums of its days. Costs a read for each of its months. */
export function RevenueSection(props: RevenueSectionProps) {
  const { from, to } = props.days;
  const months = { first: from && monthOf(from), last: to && monthOf(to) };
  // A key: the figures of other months are never shown as those of these.
  return <RevenueOfMonths key={`${months.first}_${months.last}`} {...props} {...months} />;
}

function RevenueOfMonths(props: RevenueSectionProps & { first: string | null; last: string | null }) {
  const { session, franchiseeId, first, last, onLoaded, ...shown } = props;
  const path = `franchisees/${franchiseeId}/revenue`;
  const result = useQuery(
    `${path} ${first}_${last}`,
    () =>
      query(
        collection(session.database, path),
        ...(first === null ? [] : [where(documentId(), ">=", first)]),
        ...(last === null ? [] : [where(documentId(), "<=", last)]),
        orderBy(documentId()),
        limit(MAX_MONTHS),
      ),
    (document) => toMonth(document.id, document.data()),
  );
  const isLoading = result.state === "loading";
  useEffect(() => {
    if (!isLoading) onLoaded();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the function may be another one each time
  }, [isLoading]);
  if (result.state === "loading") {
    return (
      <div class="revenue-placeholder">
        <Loading />
      </div>
    );
  }
  return (
    <QueryState result={result}>
      {(months) => (
        <Revenue months={months} {...shown}>
          <Groups session={session} franchiseeId={franchiseeId} months={months} />
        </Revenue>
      )}
    </QueryState>
  );
}

/** The most months that the API adds up. */
const MAX_GROUPED_MONTHS = 24;

/** Read when it is opened. Of a longer period, the last two years. */
function Groups({
  session,
  franchiseeId,
  months,
}: Pick<RevenueSectionProps, "session" | "franchiseeId"> & { months: readonly Month[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const paid = months.filter(({ totals }) => totals.size > 0).map(({ month }) => month);
  const [first, last] = [paid[0], paid.at(-1)];
  if (first === undefined || last === undefined) return null;
  const earliest = monthAfter(last, 1 - MAX_GROUPED_MONTHS);
  const range = { from: first > earliest ? first : earliest, to: last };
  return (
    <details class="chart-table" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{TEXT.byGroup}</summary>
      {isOpen ? (
        <RevenueGroups key={JSON.stringify(range)} session={session} franchiseeId={franchiseeId} {...range} />
      ) : null}
    </details>
  );
}

interface RevenueProps extends Pick<RevenueSectionProps, "days" | "today" | "parameters"> {
  months: readonly Month[];
  /** Shown below the figures. */
  children: ComponentChildren;
}

function Revenue({ months, days, today, parameters, children }: RevenueProps) {
  const byDay = new Map(months.flatMap((month) => [...month.days].filter(([day]) => isWithin(day, days))));
  const totals = sortedSumOf([...byDay.values()]);
  const ends = chartedDays(days, [...byDay.keys()], today);
  return (
    <>
      <section aria-labelledby="summary">
        <div class="section-head">
          <h2 id="summary">{TEXT.summary}</h2>
        </div>
        {totals.size === 0 ? <p class="empty">{TEXT.noRevenue}</p> : null}
        {[...totals].map(([currency, one]) => (
          <Figures key={currency} currency={currency} totals={one} isAlone={totals.size === 1} />
        ))}
        {totals.size === 0 ? null : <p class="note">{WATERFALL_TEXT.byPayment}</p>}
        <UnrelatedSales months={months} isWhole={isWholeMonths(days)} />
        {children}
      </section>
      {ends ? <RevenueChart {...ends} byDay={byDay} parameters={parameters} /> : null}
    </>
  );
}

/** They are known by month, so a part of a month names the months. */
function UnrelatedSales({ months, isWhole }: { months: readonly Month[]; isWhole: boolean }) {
  const counted = months.filter(({ unrelated }) => unrelated.size > 0);
  if (counted.length === 0) return null;
  const sales = [...sortedSumOf(counted.map(({ unrelated }) => unrelated))].map(
    ([currency, { count, gross }]) => `${count} × ${money(gross, currency)}`,
  );
  const names = isWhole ? "" : ` (${counted.map(({ month }) => monthName(month)).join(", ")})`;
  return <p class="note">{`${TEXT.unrelated}${names}: ${sales.join(", ")}. ${TEXT.unrelatedLead}`}</p>;
}

/** A name and its amount stay on one line. */
function Note({ text }: { text: string }) {
  return (
    <span class="note">
      {text.split(/(?<=, )/).map((part) => (
        <span key={part} class="part">
          {part}
        </span>
      ))}
    </span>
  );
}

function Figures({ currency, totals, isAlone }: { currency: string; totals: Totals; isAlone: boolean }) {
  const beside = besideText(totals, currency);
  return (
    <>
      {isAlone ? null : <h3 class="currency">{currency.toUpperCase()}</h3>}
      {hasFigures(totals) ? (
        <dl class="figures">
          {figuresOf(totals, currency).map(({ name, amount, note }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <span class="figure">{money(amount, currency)}</span>
                {note === "" ? null : <Note text={note} />}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {beside === null ? null : <p class="note">{beside}</p>}
    </>
  );
}
