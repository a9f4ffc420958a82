import { useState } from "preact/hooks";
import { type Bar, Bars } from "./BarChart.tsx";
import { money } from "../money.ts";
import { TEXT } from "../messages.ts";
import { date, daysOf, monthName, shortMonth } from "../time.ts";
import { NO_TOTALS, type Totals } from "../../../functions/src/domain/totals.ts";
import { currenciesOf, type Month, type Revenue } from "../firestore/revenue.ts";

interface RevenueProps {
  month: string;
  days: ReadonlyMap<string, Revenue>;
  months: readonly Month[];
  names: readonly string[];
}

/** Gross and net as bars, by the days of a month or by months, one currency at a time; and the same as a table. */
export function RevenueChart({ month, days, months, names }: RevenueProps) {
  const [isByDay, setIsByDay] = useState(true);
  const [chosen, setChosen] = useState<string | null>(null);
  const currencies = currenciesOf(months.map(({ totals }) => totals));
  const currency = chosen !== null && currencies.includes(chosen) ? chosen : currencies[0];
  if (currency === undefined) return null;
  const totalsIn = (revenue: Revenue | undefined): Totals => revenue?.get(currency) ?? NO_TOTALS;
  const bars = isByDay
    ? daysOf(month).map((day) => ({
        label: String(Number(day.slice(8))),
        name: date(day),
        totals: totalsIn(days.get(day)),
      }))
    : names.map((name) => ({
        label: shortMonth(name),
        name: monthName(name),
        totals: totalsIn(months.find(({ id }) => id === name)?.totals),
      }));
  return (
    <section class="revenue" aria-labelledby="revenue">
      <div class="section-head">
        <h2 id="revenue">{TEXT.revenue}</h2>
        <fieldset class="switch">
          <legend class="unseen">{TEXT.revenue}</legend>
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
            <select value={currency} onChange={(event) => setChosen(event.currentTarget.value)}>
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
        <span class="key key-gross">{TEXT.gross}</span>
        <span class="key key-net">{TEXT.net}</span>
      </p>
      <Bars bars={bars} currency={currency} />
      <details class="twin">
        <summary>{TEXT.asTable}</summary>
        <BarTable bars={bars} currency={currency} isByDay={isByDay} />
      </details>
    </section>
  );
}

function BarTable({ bars, currency, isByDay }: { bars: readonly Bar[]; currency: string; isByDay: boolean }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={TEXT.asTable}>
      <table>
        <caption class="unseen">{isByDay ? "Revenue by day" : "Revenue by month"}</caption>
        <thead>
          <tr>
            <th scope="col">{isByDay ? TEXT.day : TEXT.month}</th>
            {[TEXT.count, TEXT.gross, TEXT.fees, TEXT.net, TEXT.refunded].map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.map(({ name, totals }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{totals.count}</td>
              {[totals.gross, totals.stripeFees + totals.platformFees, totals.net, totals.refunded].map(
                (amount, index) => (
                  <td key={index} class="number">
                    {money(amount, currency)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
