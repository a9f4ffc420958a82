import { useMemo } from "preact/hooks";
import { dayAfter } from "../../../functions/src/domain/calendar.ts";
import { HAPPENINGS } from "../../../functions/src/domain/filter-terms.ts";
import { downloadTransactions } from "../api.ts";
import type { Filter } from "../firestore/transaction-list.ts";
import { HAPPENING_TEXT, STATUS_TEXT, TEXT } from "../messages.ts";
import type { PageParameters } from "../page-parameters.ts";
import { orderText, readOrder } from "../payment-order.ts";
import type { Days } from "../period.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { startOfDay } from "../time.ts";
import { DownloadButton } from "./DownloadButton.tsx";
import { PaymentTable } from "./PaymentTable.tsx";
import { usePrintedPayments } from "./PrintedPayments.tsx";
import { Loading, Notice } from "./states.tsx";

interface PaymentsProps {
  session: SignedIn;
  franchiseeId: string;
  /** The list is read after the figures, which come first on a slow connection. */
  isWaiting: boolean;
  days: Days;
  /** Of the franchisee's payments so far. */
  currencies: readonly string[];
  parameters: PageParameters;
  /** Shows the payments of all time; null if it does. */
  onShowAll: (() => void) | null;
}

interface Choice {
  /** Of the URL's parameter. */
  name: "status" | "has" | "currency";
  text: string;
  /** What no choice is called. */
  all: string;
  options: readonly (readonly [value: string, text: string])[];
}

const CURRENCY = /^[a-z]{3}$/;

/** The payments of a period, newest first, filtered as the URL says. */
export function Payments(props: PaymentsProps) {
  const { session, franchiseeId, isWaiting, days, currencies, parameters, onShowAll } = props;
  const choices: Choice[] = [
    { name: "status", text: TEXT.status, all: TEXT.allStatuses, options: Object.entries(STATUS_TEXT) },
    { name: "has", text: TEXT.has, all: TEXT.any, options: HAPPENINGS.map((one) => [one, HAPPENING_TEXT[one]]) },
    {
      name: "currency",
      text: TEXT.currency,
      all: TEXT.allCurrencies,
      options: currencies.map((code) => [code, code.toUpperCase()]),
    },
  ];
  const chosen = choices.map(({ name, options }) => {
    const value = parameters.get(name);
    if (value === null) return [];
    // Currencies load after the page.
    const isKnown = name === "currency" ? CURRENCY.test(value) : options.some(([option]) => option === value);
    return isKnown ? [[name, value] as const] : [];
  });
  const restrictions = Object.fromEntries(chosen.flat());
  const key = JSON.stringify([restrictions, days]);
  const order = readOrder(parameters.get("order"));
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` contains them
  const filter = useMemo(() => filterOf(restrictions, days), [key]);
  const printed = usePrintedPayments(session, franchiseeId, filter);
  const isFiltered = Object.keys(restrictions).length > 0;
  return (
    <section class="payments" aria-labelledby="payments">
      <div class="section-head">
        <h2 id="payments">{TEXT.payments}</h2>
        <div class="controls">
          {printed.button}
          <DownloadButton download={(signal) => downloadTransactions(session.user, franchiseeId, filter, signal)} />
        </div>
      </div>
      <div class="filters">
        {choices
          .filter(({ name, options }) => name !== "currency" || options.length > 1 || parameters.get(name) !== null)
          .map(({ name, text, all, options }) => (
            <label key={name}>
              {text}
              <select
                value={restrictions[name] ?? ""}
                onChange={({ currentTarget: { value } }) => parameters.set({ [name]: value === "" ? null : value })}
              >
                <option value="">{all}</option>
                {withChosen(options, restrictions[name]).map(([option, optionText]) => (
                  <option key={option} value={option}>
                    {optionText}
                  </option>
                ))}
              </select>
            </label>
          ))}
        {isFiltered ? (
          <button
            type="button"
            class="quiet"
            onClick={() => parameters.set(Object.fromEntries(choices.map(({ name }) => [name, null])))}
          >
            {TEXT.clear}
          </button>
        ) : null}
      </div>
      {printed.table}
      {isWaiting ? (
        <Loading />
      ) : (
        <PaymentTable
          key={`${key} ${orderText(order)}`}
          session={session}
          franchiseeId={franchiseeId}
          filter={filter}
          order={order}
          onSort={(next) => parameters.set({ order: orderText(next) })}
          noRows={<NoPayments isFiltered={isFiltered} hasAny={currencies.length > 0} onShowAll={onShowAll} />}
        />
      )}
    </section>
  );
}

/** The options, and what the URL chose if it is none of them. */
function withChosen(options: Choice["options"], chosen: string | undefined): Choice["options"] {
  const isMissing = chosen !== undefined && options.every(([option]) => option !== chosen);
  return isMissing ? [...options, [chosen, chosen.toUpperCase()]] : options;
}

function filterOf(restrictions: Readonly<Record<string, string>>, { from, to }: Days): Filter {
  return {
    ...restrictions,
    from: from === null ? null : startOfDay(from, TIME_ZONE),
    to: to === null ? null : startOfDay(dayAfter(to), TIME_ZONE),
  };
}

interface NoPaymentsProps {
  isFiltered: boolean;
  hasAny: boolean;
  onShowAll: (() => void) | null;
}

function NoPayments({ isFiltered, hasAny, onShowAll }: NoPaymentsProps) {
  if (isFiltered) {
    return (
      <div role="status">
        <Notice title={TEXT.noMatches} />
      </div>
    );
  }
  const isOfPeriod = hasAny && onShowAll !== null;
  return (
    <Notice title={isOfPeriod ? TEXT.noPaymentsInPeriod : TEXT.noPayments} lead={TEXT.noPaymentsLead}>
      {onShowAll ? (
        <button type="button" onClick={onShowAll}>
          {TEXT.showAllTime}
        </button>
      ) : null}
    </Notice>
  );
}
