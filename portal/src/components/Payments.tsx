import { useMemo, useState } from "preact/hooks";
import { dayAfter } from "../../../functions/src/domain/calendar.ts";
import { downloadTransactions } from "../api.ts";
import type { Filter } from "../firestore/transaction-list.ts";
import { STATUS_TEXT, TEXT } from "../messages.ts";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { startOfDay } from "../time.ts";
import { DownloadButton } from "./DownloadButton.tsx";
import { PaymentTable } from "./PaymentTable.tsx";

/** The values of the filter's inputs. */
interface Inputs {
  status: string;
  from: string;
  to: string;
}

const NO_INPUTS: Inputs = { status: "", from: "", to: "" };

/** While typing, a year may have more digits. */
const DAY = /^\d{4}-\d\d-\d\d$/;

function filterOf({ status, from, to }: Inputs): Filter {
  return {
    status: status === "" ? null : status,
    from: DAY.test(from) ? startOfDay(from, TIME_ZONE) : null,
    to: DAY.test(to) ? startOfDay(dayAfter(to), TIME_ZONE) : null,
  };
}

export function Payments({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  const [inputs, setInputs] = useState(NO_INPUTS);
  const filter = useMemo(() => filterOf(inputs), [inputs]);
  const isFiltered = Object.values(filter).some((value) => value !== null);
  const isReversed = DAY.test(inputs.from) && DAY.test(inputs.to) && inputs.from > inputs.to;
  const set = (changes: Partial<Inputs>): void => setInputs({ ...inputs, ...changes });
  return (
    <section class="payments" aria-labelledby="payments">
      <div class="section-head">
        <h2 id="payments">{TEXT.payments}</h2>
        <DownloadButton download={(signal) => downloadTransactions(session.user, franchiseeId, filter, signal)} />
      </div>
      <div class="filters">
        <label>
          {TEXT.status}
          <select value={inputs.status} onChange={(event) => set({ status: event.currentTarget.value })}>
            <option value="">{TEXT.allStatuses}</option>
            {Object.entries(STATUS_TEXT).map(([status, text]) => (
              <option key={status} value={status}>
                {text}
              </option>
            ))}
          </select>
        </label>
        {(["from", "to"] as const).map((end) => (
          <label key={end}>
            {TEXT[end]}
            <input
              type="date"
              max="9999-12-31"
              value={inputs[end]}
              onInput={(event) => set({ [end]: event.currentTarget.value })}
            />
          </label>
        ))}
        {inputs === NO_INPUTS ? null : (
          <button type="button" class="quiet" onClick={() => setInputs(NO_INPUTS)}>
            {TEXT.clear}
          </button>
        )}
      </div>
      <p class="hint" role="status">
        {isReversed ? TEXT.reversedPeriod : ""}
      </p>
      <PaymentTable
        key={JSON.stringify(filter)}
        session={session}
        franchiseeId={franchiseeId}
        filter={filter}
        isFiltered={isFiltered}
      />
    </section>
  );
}
