import type { FranchiseeProfile } from "../../../functions/src/domain/franchisee-profile.ts";
import type { Difference } from "../firestore/transaction.ts";
import { customerText, fieldText, reconciliationText, TEXT, valueText } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { currentParameters, type PageParameters } from "../page-parameters.ts";
import { EXCEPTIONS, exceptionsOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { ago, dateAndTime } from "../time.ts";
import { WORKLIST_TEXT } from "../worklist-messages.ts";
import { keyOf, type OpenException, type readSort, type Sort } from "../worklist.ts";
import { Badge } from "./badges.tsx";
import { FranchiseeName } from "./FranchiseeName.tsx";
import { ColumnHeaders, type SortColumn, SortHeaders } from "./tables.tsx";
import { Time } from "./Time.tsx";

interface WorklistTableProps {
  session: SignedIn;
  rows: readonly OpenException[];
  /** Of franchisees, by account. */
  profiles: ReadonlyMap<string, FranchiseeProfile>;
  sort: ReturnType<typeof readSort>;
  parameters: PageParameters;
  now: Date;
  /** The keys of the selected exceptions. */
  chosen: ReadonlySet<string>;
  onChoose: (exceptions: readonly OpenException[], isChosen: boolean) => void;
}

const TIMES: readonly SortColumn<Sort>[] = [
  { key: "paid", name: TEXT.date, isText: true, isFirstAscending: false },
  { key: "opened", name: WORKLIST_TEXT.opened, isText: true },
];
const SIZES: readonly SortColumn<Sort>[] = [{ key: "size", name: WORKLIST_TEXT.size }];

/** The exceptions that were opened first come first, and the newest payments. */
const isFirstAscending = (by: Sort): boolean => by === "opened";

/** One page of exceptions, each with a box to select it. */
export function WorklistTable(props: WorklistTableProps) {
  const { session, rows, profiles, sort, parameters, now, chosen, onChoose } = props;
  const sorting = {
    sorted: sort.by,
    isAscending: isFirstAscending(sort.by) !== sort.isReversed,
    onSort: (by: Sort, isAscending: boolean): void => {
      const next = isAscending === isFirstAscending(by) ? by : `-${by}`;
      parameters.set({ sort: next === "paid" ? null : next });
    },
  };
  return (
    <table class="cards worklist" aria-label={TEXT.exceptions}>
      <thead>
        <tr>
          <th scope="col">
            <label class="check">
              <input
                type="checkbox"
                aria-label={WORKLIST_TEXT.selectAll}
                checked={rows.every((exception) => chosen.has(keyOf(exception)))}
                onChange={({ currentTarget }) => onChoose(rows, currentTarget.checked)}
              />
            </label>
          </th>
          <ColumnHeaders names={[TEXT.customer, TEXT.franchisee]} />
          <SortHeaders columns={TIMES} {...sorting} />
          <ColumnHeaders names={[TEXT.amount]} isNumber />
          <SortHeaders columns={SIZES} {...sorting} />
          <ColumnHeaders names={[TEXT.difference, WORKLIST_TEXT.assignee]} />
        </tr>
      </thead>
      <tbody>
        {rows.map((exception) => (
          <ExceptionRow
            key={keyOf(exception)}
            session={session}
            exception={exception}
            profile={profiles.get(exception.transaction.franchiseeId)}
            now={now}
            isChosen={chosen.has(keyOf(exception))}
            onChoose={(isChosen) => onChoose([exception], isChosen)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface ExceptionRowProps {
  session: SignedIn;
  exception: OpenException;
  profile: FranchiseeProfile | undefined;
  now: Date;
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}

function ExceptionRow({ session, exception, profile, now, isChosen, onChoose }: ExceptionRowProps) {
  const { transaction, size, assignee, note } = exception;
  const { stripePaymentId, franchiseeId, createdAt, exceptionOpenedAt, amount_total, currency } = transaction;
  const { status, differences } = transaction.reconciliation;
  return (
    <tr>
      <td>
        <label class="check">
          <input
            type="checkbox"
            aria-label={`${WORKLIST_TEXT.selectRow} ${customerText(transaction)}`}
            checked={isChosen}
            onChange={({ currentTarget }) => onChoose(currentTarget.checked)}
          />
        </label>
      </td>
      <th scope="row" data-name={TEXT.customer}>
        <a dir="auto" href={`${EXCEPTIONS}/${franchiseeId}/${stripePaymentId}${currentParameters()}`}>
          {customerText(transaction)}
        </a>
      </th>
      <td data-name={TEXT.franchisee}>
        <a href={exceptionsOf(franchiseeId)}>
          <FranchiseeName franchiseeId={franchiseeId} profile={profile} />
        </a>
      </td>
      <td data-name={TEXT.date} class="nowrap">
        {createdAt ? dateAndTime(createdAt, TIME_ZONE) : TEXT.none}
      </td>
      <td data-name={WORKLIST_TEXT.opened} class="nowrap">
        <Time at={exceptionOpenedAt} />
        {exceptionOpenedAt ? <small class="line">{ago(exceptionOpenedAt, now)}</small> : TEXT.none}
      </td>
      <td class="number" data-name={TEXT.amount}>
        {money(amount_total, currency)}
      </td>
      <td class="number" data-name={WORKLIST_TEXT.size} title={WORKLIST_TEXT.sizeHint}>
        {money(size, currency)}
      </td>
      <td data-name={TEXT.difference}>
        <Badge kind="bad">{reconciliationText(status)}</Badge>
        {differences.map((difference) => (
          <span key={difference.field} class="line">
            {fieldText(difference.field, session.grants)}: {differenceText(difference, currency)}
          </span>
        ))}
      </td>
      <td data-name={WORKLIST_TEXT.assignee}>
        <bdi>{assignee ?? TEXT.none}</bdi>
        {note === null ? null : (
          <small class="line worklist-note" dir="auto">
            {note}
          </small>
        )}
      </td>
    </tr>
  );
}

function differenceText({ recorded, stripe }: Difference, currency: string): string {
  if (typeof recorded === "number" && typeof stripe === "number") return signedMoney(recorded - stripe, currency);
  return `${valueText(recorded, currency)}, in Stripe ${valueText(stripe, currency)}`;
}
