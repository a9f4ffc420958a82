import { useState } from "preact/hooks";
import { monthOf } from "../../../functions/src/domain/calendar.ts";
import { NO_TOTALS, type Totals } from "../../../functions/src/domain/totals.ts";
import { currenciesOf, type Revenue, sumOf } from "../firestore/revenue.ts";
import { countText, TEXT } from "../messages.ts";
import { money } from "../money.ts";
import type { PageParameters } from "../page-parameters.ts";
import { eachDay, eachMonth } from "../period.ts";
import { date, monthName, shortMonth } from "../time.ts";
import { stepsOf, WATERFALL_TEXT } from "../waterfall.ts";
import { type Bar, BarChart } from "./BarChart.tsx";
import { CurrencySelect } from "./CurrencySelect.tsx";
import { StepCells } from "./StepCells.tsx";
import { ColumnHeaders } from "./tables.tsx";

/** More bars by day cannot be distinguished. */
const MOST_DAYS = 92;
const MONTHS_OF_A_YEAR = 12;

interface RevenueChartProps {
  /** The first and the last day. */
  from: string;
  to: string;
  byDay: ReadonlyMap<string, Revenue>;
  /** `by` is `day` or `month`; `chart` a currency, otherwise that of the filtered payments. */
  parameters: PageParameters;
}

/** Gross and net by day or by month, one currency at a time, as bars and as a table. */
export function RevenueChart({ from, to, byDay, parameters }: RevenueChartProps) {
  const [selectedBar, setSelectedBar] = useState<string | null>(null);
  const [isTableOpen, setIsTableOpen] = useState(false);
  const days = eachDay(from, to);
  const isLong = days.length > MOST_DAYS;
  const by = parameters.get("by") ?? (isLong ? "month" : "day");
  const isByDay = !isLong && by !== "month";
  const currencies = currenciesOf([...byDay.values()]);
  const asked = parameters.get("chart") ?? parameters.get("currency");
  const currency = asked !== null && currencies.includes(asked) ? asked : currencies[0];
  if (currency === undefined) return null;
  const totalsIn = (revenue: Revenue | undefined): Totals => revenue?.get(currency) ?? NO_TOTALS;
  const bars = isByDay ? dayBars(days, byDay, totalsIn) : monthBars(from, to, byDay, totalsIn);
  const bar = bars.find(({ name }) => name === selectedBar);
  const title = isByDay ? TEXT.revenueByDay : TEXT.revenueByMonth;
  return (
    <section aria-labelledby="revenue">
      <div class="section-head">
        <h2 id="revenue">{TEXT.revenue}</h2>
        <fieldset class="switch">
          <legend class="visually-hidden">{TEXT.revenue}</legend>
          <label>
            <input
              type="radio"
              name="by"
              checked={isByDay}
              disabled={isLong}
              onChange={() => parameters.set({ by: "day" })}
            />
            <span>{TEXT.byDay}</span>
          </label>
          <label>
            <input type="radio" name="by" checked={!isByDay} onChange={() => parameters.set({ by: "month" })} />
            <span>{TEXT.byMonth}</span>
          </label>
        </fieldset>
        <CurrencySelect currencies={currencies} currency={currency} onChange={(chart) => parameters.set({ chart })} />
      </div>
      <p class="legend" aria-hidden="true">
        {bar ? <strong>{bar.name}</strong> : null}
        {KEYS.map(([kind, name, of]) => (
          <span key={kind} class={`key key-${kind}`}>
            {bar ? `${name} ${money(of(bar.totals), currency)}` : hintedName(kind, name)}
          </span>
        ))}
        {bar ? <span>{countText(bar.totals.count)}</span> : null}
      </p>
      <BarChart
        name={title}
        bars={bars}
        currency={currency}
        selected={bar ? bars.indexOf(bar) : null}
        valuesOf={(one) => valuesText(one, currency)}
        onSelect={(index) => setSelectedBar(index === null ? null : (bars[index]?.name ?? null))}
      />
      <details class="chart-table" onToggle={(event) => setIsTableOpen(event.currentTarget.open)}>
        <summary>{TEXT.asTable}</summary>
        {isTableOpen ? <BarTable title={title} bars={bars} currency={currency} isByDay={isByDay} /> : null}
      </details>
    </section>
  );
}

function dayBars(
  days: readonly string[],
  byDay: ReadonlyMap<string, Revenue>,
  totalsIn: (revenue: Revenue | undefined) => Totals,
): Bar[] {
  return days.map((day) => ({
    label: String(Number(day.slice(8))),
    name: date(day),
    totals: totalsIn(byDay.get(day)),
  }));
}

/** The first and the last month may be shown in part. */
function monthBars(
  from: string,
  to: string,
  byDay: ReadonlyMap<string, Revenue>,
  totalsIn: (revenue: Revenue | undefined) => Totals,
): Bar[] {
  const months = eachMonth(monthOf(from), monthOf(to));
  const isOfYears = months.length > MONTHS_OF_A_YEAR;
  return months.map((month) => {
    const days = [...byDay].filter(([day]) => monthOf(day) === month).map(([, revenue]) => revenue);
    const label = isOfYears ? `${shortMonth(month)} ${month.slice(0, 4)}` : shortMonth(month);
    return { label, name: monthName(month), totals: totalsIn(sumOf(days)) };
  });
}

const KEYS: readonly [kind: string, name: string, of: (totals: Totals) => number][] = [
  ["gross", TEXT.gross, ({ gross }) => gross],
  ["net", TEXT.net, ({ net }) => net],
];

/** The net is before refunds and disputes, which the table below shows. */
function hintedName(kind: string, name: string): string {
  return kind === "net" ? `${name} (${WATERFALL_TEXT.netHint})` : name;
}

/** 14 Nov 2025: Gross $12.00, Net $10.00, 2 payments. */
function valuesText({ name, totals }: Bar, currency: string): string {
  const amounts = KEYS.map(([, key, of]) => `${key} ${money(of(totals), currency)}`);
  return `${name}: ${[...amounts, countText(totals.count)].join(", ")}`;
}

interface BarTableProps {
  title: string;
  bars: readonly Bar[];
  currency: string;
  isByDay: boolean;
}

function BarTable({ title, bars, currency, isByDay }: BarTableProps) {
  const steps = stepsOf(bars.map(({ totals }) => totals));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={TEXT.asTable}>
      <table>
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{isByDay ? TEXT.day : TEXT.month}</th>
            <ColumnHeaders names={[TEXT.count, ...steps.map(({ name }) => name)]} isNumber />
          </tr>
        </thead>
        <tbody>
          {bars.map(({ name, totals }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <StepCells totals={totals} steps={steps} currency={currency} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
