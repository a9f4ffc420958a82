import { NO_TOTALS, type Totals } from "../../../functions/src/domain/totals.ts";
import { readRevenueGroups, type RevenueGroup } from "../api.ts";
import { currenciesOf, sumOf, withFigures } from "../firestore/revenue.ts";
import { TEXT } from "../messages.ts";
import type { SignedIn } from "../session.ts";
import { monthName } from "../time.ts";
import { type Step, stepsOf } from "../waterfall.ts";
import { Loading } from "./states.tsx";
import { StepCells } from "./StepCells.tsx";
import { ColumnHeaders } from "./tables.tsx";
import { useRequest } from "./use-request.ts";

interface RevenueGroupsProps {
  session: SignedIn;
  franchiseeId: string;
  /** The first and the last month, YYYY-MM. */
  from: string;
  to: string;
}

/** From gross to earned, by workshop and by type of organization: by month, so a period of days shows its months. */
export function RevenueGroups({ session, franchiseeId, from, to }: RevenueGroupsProps) {
  const result = useRequest(`groups ${franchiseeId} ${from} ${to}`, (signal) =>
    readRevenueGroups(session.user, franchiseeId, { from, to }, signal),
  );
  if (result === "loading") return <Loading />;
  if (result === "failed") return <p role="alert">{TEXT.failed}</p>;
  const months = from === to ? monthName(from) : `${monthName(from)} – ${monthName(to)}`;
  return (
    <>
      <p class="note">{months}</p>
      {currenciesOf(result.workshops.map(({ totals }) => totals)).map((currency) => (
        <div key={currency}>
          <GroupTable texts={WORKSHOP_TEXT} currency={currency} groups={result.workshops} />
          <GroupTable texts={ORGANIZATION_TEXT} currency={currency} groups={result.organizationTypes} />
        </div>
      ))}
      {result.isComplete ? null : <p class="note">{TEXT.moreWorkshops}</p>}
    </>
  );
}

const WORKSHOP_TEXT: GroupTexts = {
  title: TEXT.byWorkshop,
  group: TEXT.workshop,
  none: TEXT.noWorkshop,
  all: TEXT.allWorkshops,
};

const ORGANIZATION_TEXT: GroupTexts = {
  title: TEXT.byOrganizationType,
  group: TEXT.organizationType,
  none: TEXT.noOrganizationType,
  all: TEXT.allOrganizationTypes,
};

interface GroupTexts {
  title: string;
  group: string;
  /** Of payments that name no group. */
  none: string;
  all: string;
}

interface GroupTableProps {
  texts: GroupTexts;
  currency: string;
  groups: readonly RevenueGroup[];
}

function GroupTable({ texts, currency, groups }: GroupTableProps) {
  const rows = groups
    .flatMap(({ id, name, totals }) => {
      const own = withFigures(totals).get(currency);
      const shown = name ?? (id === "" ? texts.none : id);
      return own ? [{ id, name: shown, totals: own }] : [];
    })
    .toSorted((a, b) => b.totals.gross - a.totals.gross || a.name.localeCompare(b.name));
  const steps = stepsOf(rows.map(({ totals }) => totals));
  const sum = sumOf(groups.map(({ totals }) => totals)).get(currency) ?? NO_TOTALS;
  const title = `${texts.title}, ${currency.toUpperCase()}`;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{texts.group}</th>
            <ColumnHeaders names={[TEXT.count, ...steps.map(({ name }) => name)]} isNumber />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} steps={steps} currency={currency} {...row} />
          ))}
        </tbody>
        <tfoot>
          <Row steps={steps} currency={currency} name={texts.all} totals={sum} />
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
