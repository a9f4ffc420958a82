import { useEffect, useRef } from "preact/hooks";
import { NO_TOTALS, type Totals } from "../../../functions/src/domain/totals.ts";
import { type CloseComparison, readCloseComparison } from "../api.ts";
import { currenciesOf, differenceOf } from "../firestore/revenue.ts";
import { TEXT } from "../messages.ts";
import { money, signedMoney } from "../money.ts";
import { addressOf } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { date } from "../time.ts";
import { stepsOf, WATERFALL_TEXT } from "../waterfall.ts";
import { Loading } from "./states.tsx";
import { ColumnHeaders } from "./tables.tsx";
import { useRequest } from "./use-request.ts";
import { Time } from "./Time.tsx";

interface ComparisonProps {
  session: SignedIn;
  franchiseeId: string;
  day: string;
}

/** A closed day then and now. */
export function CloseDialog({ onClose, ...props }: ComparisonProps & { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Closing returns the focus.
    return () => element?.close();
  }, []);
  const title = `${WATERFALL_TEXT.comparison}: ${date(props.day)}`;
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <div class="sheet">
        <div class="sheet-head">
          <h2>{title}</h2>
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            {TEXT.close}
          </button>
        </div>
        <Comparison {...props} />
      </div>
    </dialog>
  );
}

/** From the API: the security rules let no client read what a payment was. */
function Comparison({ session, franchiseeId, day }: ComparisonProps) {
  const comparison = useRequest(`close ${franchiseeId} ${day}`, (signal) =>
    readCloseComparison(session.user, franchiseeId, day, signal),
  );
  if (comparison === "loading") return <Loading />;
  if (comparison === "failed") return <p role="alert">{WATERFALL_TEXT.comparisonFailed}</p>;
  const { was, now, isExplained, payments } = comparison;
  return (
    <>
      {now === null ? (
        <p>{WATERFALL_TEXT.tooMany}</p>
      ) : (
        currenciesOf([was, now]).map((currency) => (
          <ThenAndNow
            key={currency}
            currency={currency}
            was={was.get(currency) ?? NO_TOTALS}
            now={now.get(currency) ?? NO_TOTALS}
          />
        ))
      )}
      {isExplained === false ? <p role="alert">{WATERFALL_TEXT.notExplained}</p> : null}
      <h3>{WATERFALL_TEXT.changes}</h3>
      {payments.length === 0 ? <p>{WATERFALL_TEXT.noChanges}</p> : null}
      <ul class="movements">
        {payments.map((payment) => (
          <li key={payment.stripePaymentId}>
            <strong>
              <a href={addressOf(franchiseeId, payment.stripePaymentId)}>{payment.stripePaymentId}</a>
            </strong>
            <span>{payment.isNew ? WATERFALL_TEXT.recordedLater : ""}</span>
            <Time at={payment.changedAt} />
            <span class="line">{changesOf(payment)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function ThenAndNow({ currency, was, now }: { currency: string; was: Totals; now: Totals }) {
  const title = `${WATERFALL_TEXT.comparison}, ${currency.toUpperCase()}`;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{currency.toUpperCase()}</th>
            <ColumnHeaders names={[WATERFALL_TEXT.closed, WATERFALL_TEXT.now, TEXT.difference]} isNumber />
          </tr>
        </thead>
        <tbody>
          {stepsOf([was, now]).map(({ name, of, isSum }) => (
            <tr key={name} class={isSum === true ? "total" : ""}>
              <th scope="row">{name}</th>
              <td class="number">{money(of(was), currency)}</td>
              <td class="number">{money(of(now), currency)}</td>
              <td class="number">{of(was) === of(now) ? TEXT.none : signedMoney(of(now) - of(was), currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The figures that a payment changed, such as `Refunds -$25.00, Earned -$25.00`. */
function changesOf({ was, now }: CloseComparison["payments"][number]): string {
  const differences = [...differenceOf(was, now)];
  return differences.flatMap(([currency, totals]) => changesIn(currency, totals)).join(", ");
}

function changesIn(currency: string, totals: Totals): string[] {
  const { refunded, refundsDeducted, disputed, disputesDeducted } = totals;
  const figures: [name: string, amount: number][] = stepsOf([totals]).map(({ name, of }) => [name, of(totals)]);
  // Borne by the platform, or deducted in another currency.
  if (refunded !== refundsDeducted) figures.push([WATERFALL_TEXT.toCustomers, refunded]);
  if (disputed !== disputesDeducted) figures.push([WATERFALL_TEXT.inDisputes, disputed]);
  const changed = figures.filter(([, amount]) => amount !== 0);
  return changed.map(([name, amount]) => `${name} ${signedMoney(amount, currency)}`);
}
