import { useState } from "preact/hooks";
import { NO_TOTALS, type Totals } from "../../../functions/src/domain/totals.ts";
import { currenciesOf, type Month, type Revenue } from "../firestore/revenue.ts";
import { countText, TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { date, daysOf, monthName, shortMonth } from "../time.ts";
import { stepsOf, WATERFALL_TEXT } from "../waterfall.ts";
import { type Bar, BarChart } from "./BarChart.tsx";
import { ColumnHeaders } from "./tables.tsx";

interface RevenueChartProps {
  /** The selected month, whose days are shown. */
  month: string;
  days: ReadonlyMap<string, Revenue>;
  months: readonly Month[];
  /** Every month to show, YYYY-MM, oldest first. */
  monthIds: readonly string[];
}

/** Gross and net by day or by month, one currency at a time, as bars and as a table. */
export function RevenueChart({ month, days, months, monthIds }: RevenueChartProps) {
  const [isByDay, setIsByDay] = useState(true);
  const [selected, setSelected] = useState<string | null>(null);
  const [selectedBar, setSelectedBar] = useState<string | null>(null);
  const currencies = currenciesOf(months.map(({ totals }) => totals));
  const currency = selected !== null && currencies.includes(selected) ? selected : currencies[0];
  if (currency === undefined) return null;
  const totalsIn = (revenue: Revenue | undefined): Totals => revenue?.get(currency) ?? NO_TOTALS;
  const bars = isByDay
    ? daysOf(month).map((day) => ({
        label: String(Number(day.slice(8))),
        name: date(day),
        totals: totalsIn(days.get(day)),
      }))
    : monthIds.map((id) => ({
        label: shortMonth(id),
        name: monthName(id),
        totals: totalsIn(months.find((one) => one.month === id)?.totals),
      }));
  const bar = bars.find(({ name }) => name === selectedBar);
  const title = isByDay ? TEXT.revenueByDay : TEXT.revenueByMonth;
  return (
    <section aria-labelledby="revenue">
      <div class="section-head">
        <h2 id="revenue">{TEXT.revenue}</h2>
        <fieldset class="switch">
          <legend class="visually-hidden">{TEXT.revenue}</legend>
          <label>
            <input type="radio" name="by" checked={isByDay} onChange={() => setIsByDay(true)} />
            <span>{TEXT.byDay}</span>
          </label>
          <label>
            <input type="radio" name="by" checked={!isByDay} onChange={() => setIsByDay(false)} />
            <span>{TEXT.byMonth}</span>
          </label>
        </fieldset>
        {currencies.length < 2 ? null : (
          <label class="inline">
            {TEXT.currency}
            <select value={currency} onChange={(event) => setSelected(event.currentTarget.value)}>
              {currencies.map((code) => (
                <option key={code} value={code}>
                  {code.toUpperCase()}
                </option>
              ))}
            </select>
          </label>
        )}
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
      <details class="chart-table">
        <summary>{TEXT.asTable}</summary>
        <BarTable title={title} bars={bars} currency={currency} isByDay={isByDay} />
      </details>
    </section>
  );
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
              <td class="number">{totals.count}</td>
              {steps.map(({ name: step, of, isSum }) => (
                <td key={step} class={isSum === true ? "number total" : "number"}>
                  {money(of(totals), currency)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
