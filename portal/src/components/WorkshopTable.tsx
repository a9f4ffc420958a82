import { NO_TOTALS, type Totals } from "../../../functions/src/domain/totals.ts";
import { readWorkshops, type WorkshopRevenue } from "../api.ts";
import { currenciesOf, sumOf } from "../firestore/revenue.ts";
import { TEXT } from "../messages.ts";
import type { SignedIn } from "../session.ts";
import { monthName } from "../time.ts";
import { type Step, stepsOf } from "../waterfall.ts";
import { Loading } from "./states.tsx";
import { StepCells } from "./StepCells.tsx";
import { ColumnHeaders } from "./tables.tsx";
import { useRequest } from "./use-request.ts";

interface WorkshopTableProps {
  session: SignedIn;
  franchiseeId: string;
  /** The first and the last month, YYYY-MM. */
  from: string;
  to: string;
}

/** From gross to earned, by workshop. The totals of workshops are by month, so a period of days shows its months. */
export function WorkshopTable({ session, franchiseeId, from, to }: WorkshopTableProps) {
  const result = useRequest(`workshops ${franchiseeId} ${from} ${to}`, (signal) =>
    readWorkshops(session.user, franchiseeId, { from, to }, signal),
  );
  if (result === "loading") return <Loading />;
  if (result === "failed") return <p role="alert">{TEXT.failed}</p>;
  const months = from === to ? monthName(from) : `${monthName(from)} – ${monthName(to)}`;
  return (
    <>
      <p class="note">{months}</p>
      {currenciesOf(result.workshops.map(({ totals }) => totals)).map((currency) => (
        <OneCurrency key={currency} currency={currency} workshops={result.workshops} />
      ))}
      {result.isComplete ? null : <p class="note">{TEXT.moreWorkshops}</p>}
    </>
  );
}

function OneCurrency({ currency, workshops }: { currency: string; workshops: readonly WorkshopRevenue[] }) {
  const rows = workshops
    .flatMap(({ id, name, totals }) => {
      const own = totals.get(currency);
      const shown = name ?? (id === "" ? TEXT.noWorkshop : id);
      return own ? [{ id, name: shown, totals: own }] : [];
    })
    .toSorted((a, b) => b.totals.gross - a.totals.gross || a.name.localeCompare(b.name));
  const steps = stepsOf(rows.map(({ totals }) => totals));
  const sum = sumOf(workshops.map(({ totals }) => totals)).get(currency) ?? NO_TOTALS;
  const title = `${TEXT.byWorkshop}, ${currency.toUpperCase()}`;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{TEXT.workshop}</th>
            <ColumnHeaders names={[TEXT.count, ...steps.map(({ name }) => name)]} isNumber />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} steps={steps} currency={currency} {...row} />
          ))}
        </tbody>
        <tfoot>
          <Row steps={steps} currency={currency} name={TEXT.allWorkshops} totals={sum} />
        </tfoot>
      </table>
    </div>
  );
}

interface RowProps {
  name: string;
  totals: Totals;
  steps: readonly Step[];
  currency: string;
}

function Row({ name, totals, steps, currency }: RowProps) {
  return (
    <tr>
      <th scope="row" dir="auto">
        {name}
      </th>
      <StepCells totals={totals} steps={steps} currency={currency} />
    </tr>
  );
}
