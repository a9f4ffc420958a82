import { useState } from "preact/hooks";
import { dayOf, monthAfter, monthOf } from "../../../functions/src/domain/calendar.ts";
import type { Totals } from "../../../functions/src/domain/totals.ts";
import { downloadNetworkRevenue, type NetworkRevenue, readNetworkRevenue } from "../api.ts";
import { CurrencySelect } from "../components/CurrencySelect.tsx";
import { DownloadButton } from "../components/DownloadButton.tsx";
import { FranchiseeName } from "../components/FranchiseeName.tsx";
import { Title } from "../components/headings.tsx";
import { ErrorNotice, Loading, Notice } from "../components/states.tsx";
import { ColumnHeaders, SortHeaders } from "../components/tables.tsx";
import { Time, TimeZoneNote } from "../components/Time.tsx";
import { TrendBars } from "../components/TrendBars.tsx";
import { useRequest } from "../components/use-request.ts";
import { currenciesOf } from "../firestore/revenue.ts";
import { OVERVIEW_TEXT, TEXT } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { monthText, percentText, type RankedFranchisee, rankedBy, shareOf, sortedBy, totalsIn } from "../overview.ts";
import { type PageParameters, usePageParameters } from "../page-parameters.ts";
import { addressOf, isMonth } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { monthName } from "../time.ts";
import { type Step, stepsOf, WATERFALL_TEXT } from "../waterfall.ts";

/** In the selection, besides the month of the address. */
const MONTHS = 24;

/** A month of all franchisees, compared with the month before and the same month of the year before. */
export function Overview({ session }: { session: SignedIn }) {
  const [reading, setReading] = useState(() => ({ number: 0, today: dayOf(new Date(), TIME_ZONE) }));
  const parameters = usePageParameters();
  const { today } = reading;
  const thisMonth = monthOf(today);
  const chosen = parameters.get("month") ?? "";
  const month = isMonth(chosen) && chosen < thisMonth ? chosen : thisMonth;
  const isRunning = month === thisMonth;
  const isWhole = parameters.get("compare") === "months";
  const throughDay = isRunning && !isWhole ? Number(today.slice(-2)) : null;
  const names = [month, monthAfter(month, -1), monthAfter(month, -12)];
  const labels = names.map((name, index) => {
    return monthText(name, index === 0 && isRunning ? Number(today.slice(-2)) : throughDay);
  });
  const choose = (other: string): void => parameters.set({ month: other === thisMonth ? null : other });
  const months = Array.from({ length: MONTHS }, (_, back) => monthAfter(thisMonth, -back));
  return (
    <div class="page overview">
      <div class="heading">
        <Title>{`${OVERVIEW_TEXT.overview}, ${monthName(month)}`}</Title>
        <div class="controls screen-only">
          <button type="button" onClick={() => choose(monthAfter(month, -1))}>
            {OVERVIEW_TEXT.previousMonth}
          </button>
          <label class="inline">
            {TEXT.month}
            <select value={month} onChange={(event) => choose(event.currentTarget.value)}>
              {[...new Set([...months, month])].map((id) => (
                <option key={id} value={id}>
                  {monthName(id)}
                </option>
              ))}
            </select>
          </label>
          <button type="button" disabled={isRunning} onClick={() => choose(monthAfter(month, 1))}>
            {OVERVIEW_TEXT.nextMonth}
          </button>
          {isRunning ? (
            <label class="inline">
              {OVERVIEW_TEXT.compare}
              <select
                value={isWhole ? "months" : "days"}
                onChange={({ currentTarget: { value } }) =>
                  parameters.set({ compare: value === "days" ? null : value })
                }
              >
                <option value="days">{OVERVIEW_TEXT.sameDays}</option>
                <option value="months">{OVERVIEW_TEXT.wholeMonths}</option>
              </select>
            </label>
          ) : null}
          <button
            type="button"
            onClick={() => setReading({ number: reading.number + 1, today: dayOf(new Date(), TIME_ZONE) })}
          >
            {OVERVIEW_TEXT.readAgain}
          </button>
          <DownloadButton download={(signal) => downloadNetworkRevenue(session.user, month, throughDay, signal)} />
        </div>
      </div>
      <TimeZoneNote />
      <MonthOverview
        session={session}
        request={{ month, throughDay, number: reading.number }}
        labels={labels}
        parameters={parameters}
      />
    </div>
  );
}

interface MonthProps {
  session: SignedIn;
  /** `number` counts the requests for the same. */
  request: { month: string; throughDay: number | null; number: number };
  /** What the three months are called. */
  labels: readonly string[];
  parameters: PageParameters;
}

function MonthOverview({ session, request, labels, parameters }: MonthProps) {
  const { month, throughDay } = request;
  const result = useRequest(JSON.stringify(request), (signal) =>
    readNetworkRevenue(session.user, month, throughDay, signal),
  );
  if (result === "loading") return <Loading />;
  if (result === "failed") return <ErrorNotice isDenied={false} />;
  const currencies = currenciesOf(result.months);
  const chosen = parameters.get("currency") ?? "";
  const currency = currencies.includes(chosen) ? chosen : (currencies[0] ?? "");
  return (
    <>
      <div class="as-of">
        <p class="note" role="status">
          {OVERVIEW_TEXT.asOf} <Time at={result.asOf} />
        </p>
        <CurrencySelect
          currencies={currencies}
          currency={currency}
          onChange={(next) => parameters.set({ currency: next })}
        />
      </div>
      {currency === "" ? (
        <Notice title={TEXT.noPaymentsInPeriod} />
      ) : (
        <CurrencyOverview result={result} currency={currency} labels={labels} parameters={parameters} />
      )}
    </>
  );
}

interface CurrencyProps extends Pick<MonthProps, "labels" | "parameters"> {
  result: NetworkRevenue;
  currency: string;
}

function CurrencyOverview({ result, currency, labels, parameters }: CurrencyProps) {
  const network = totalsIn(result.months, currency);
  const rows = rankedBy(currency, result.franchisees);
  const steps = stepsOf([...network, ...rows.flatMap(({ months }) => months)]);
  return (
    <>
      <Comparison network={network} steps={steps} currency={currency} labels={labels} />
      <Ranking rows={rows} steps={steps} currency={currency} labels={labels} parameters={parameters} />
      <p class="note">{WATERFALL_TEXT.byPayment}</p>
    </>
  );
}

interface ComparisonProps extends Pick<MonthProps, "labels"> {
  network: readonly Totals[];
  steps: readonly Step[];
  currency: string;
}

/** The waterfall of the network. */
function Comparison({ network, steps, currency, labels }: ComparisonProps) {
  const [now = "", ...before] = labels;
  const title = `${OVERVIEW_TEXT.network}, ${currency.toUpperCase()}`;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table class="cards" aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <ColumnHeaders names={[now, ...before.flatMap((name) => [name, versus(name)])]} isNumber />
          </tr>
        </thead>
        <tbody>
          {steps.map(({ name, of, isSum }) => {
            const [amount = 0, ...others] = network.map(of);
            return (
              <tr key={name} class={isSum === true ? "total" : ""}>
                <th scope="row">{name}</th>
                <td class="number" data-name={now}>
                  {money(amount, currency)}
                </td>
                {before.map((label, index) => (
                  <ComparisonCells
                    key={label}
                    label={label}
                    now={amount}
                    before={others[index] ?? 0}
                    currency={currency}
                  />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function ComparisonCells(props: { label: string; now: number; before: number; currency: string }) {
  const { label, now, before, currency } = props;
  return (
    <>
      <td class="number" data-name={label}>
        {money(before, currency)}
      </td>
      <td class="number" data-name={versus(label)}>
        <span class="change">
          {signedMoney(now - before, currency)} <span>{percentText(shareOf(now, before))}</span>
        </span>
      </td>
    </>
  );
}

function versus(label = ""): string {
  return `${OVERVIEW_TEXT.versus} ${label}`;
}

interface Column {
  /** In the URL. */
  key: string;
  name: string;
  of: (row: RankedFranchisee) => string | number | null;
  isText?: boolean;
  step?: Step;
}

function columnsOf(steps: readonly Step[], labels: readonly string[]): Column[] {
  const gross = ({ months }: RankedFranchisee, index: number): number => months[index]?.gross ?? 0;
  return [
    { key: "rank", name: OVERVIEW_TEXT.rank, of: ({ rank }) => rank, isText: true },
    { key: "franchisee", name: TEXT.franchisee, of: ({ profile }) => profile.businessName, isText: true },
    ...steps.map((step) => ({
      key: step.name.toLowerCase().replaceAll(" ", "-"),
      name: step.name,
      of: ({ months: [now] }: RankedFranchisee) => (now ? step.of(now) : 0),
      step,
    })),
    ...["month-before", "year-before"].map((key, index) => ({
      key,
      name: `${TEXT.gross} ${versus(labels[index + 1])}`,
      of: (row: RankedFranchisee) => shareOf(gross(row, 0), gross(row, index + 1)),
    })),
  ];
}

interface RankingProps extends Pick<CurrencyProps, "currency" | "labels" | "parameters"> {
  rows: readonly RankedFranchisee[];
  steps: readonly Step[];
}

function Ranking({ rows, steps, currency, labels, parameters }: RankingProps) {
  const columns = columnsOf(steps, labels);
  const sorted = columns.find(({ key }) => key === parameters.get("sort")) ?? columns[0];
  if (!sorted) return null;
  const order = parameters.get("order") ?? (sorted.isText === true ? "ascending" : "descending");
  const isAscending = order === "ascending";
  const title = `${TEXT.franchisees}, ${currency.toUpperCase()}`;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table class="cards" aria-label={title}>
        <thead>
          <tr>
            <SortHeaders
              columns={columns}
              sorted={sorted.key}
              isAscending={isAscending}
              onSort={(sort, ascending) => parameters.set({ sort, order: ascending ? "ascending" : "descending" })}
            />
            <ColumnHeaders names={[OVERVIEW_TEXT.trend]} />
          </tr>
        </thead>
        <tbody>
          {sortedBy(rows, sorted.of, isAscending).map((row) => (
            <tr key={row.franchiseeId}>
              {columns.map(({ key, name, of, step }) => {
                const value = of(row);
                if (key === "rank")
                  return (
                    <td key={key} data-name={name}>
                      {value}
                    </td>
                  );
                if (key === "franchisee") {
                  return (
                    <th key={key} scope="row" data-name={name}>
                      <a href={addressOf(row.franchiseeId)}>
                        <FranchiseeName {...row} />
                      </a>
                    </th>
                  );
                }
                return (
                  <td key={key} class={step?.isSum === true ? "number total" : "number"} data-name={name}>
                    {step ? money(Number(value), currency) : percentText(value === null ? null : Number(value))}
                  </td>
                );
              })}
              <td data-name={OVERVIEW_TEXT.trend}>
                <span class="trend">
                  <TrendBars
                    currency={currency}
                    bars={[2, 1, 0].map((index) => {
                      return { name: labels[index] ?? "", gross: row.months[index]?.gross ?? 0 };
                    })}
                  />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
