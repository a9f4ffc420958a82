import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { dayAfter } from "../../../functions/src/domain/calendar.ts";
import { searchTerm, wordsOf } from "../../../functions/src/domain/search.ts";
import { downloadCsv } from "../api.ts";
import type { Filter } from "../firestore/transaction-list.ts";
import { PaymentTable } from "./PaymentTable.tsx";
import type { SignedIn } from "../session.ts";
import { TIME_ZONE } from "../settings.ts";
import { STATUS_TEXT, TEXT } from "../messages.ts";
import { startOfDay } from "../time.ts";

/** What stands in the fields of the filters. */
interface Asked {
  search: string;
  status: string;
  from: string;
  to: string;
}

const NOTHING_ASKED: Asked = { search: "", status: "", from: "", to: "" };

/** A year may have more digits while it is typed. */
const DAY = /^\d{4}-\d\d-\d\d$/;

function filterOf({ search, status, from, to }: Asked): Filter {
  return {
    term: searchTerm(search),
    status: status === "" ? null : status,
    from: DAY.test(from) ? startOfDay(from, TIME_ZONE) : null,
    to: DAY.test(to) ? startOfDay(dayAfter(to), TIME_ZONE) : null,
  };
}

const TYPING_MS = 300;

export function Payments({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  const [asked, setAsked] = useState(NOTHING_ASKED);
  const [settled, setSettled] = useState(NOTHING_ASKED);
  // A query for each letter would read what nobody looks at.
  useEffect(() => {
    const timer = setTimeout(() => setSettled(asked), asked.search === settled.search ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  const filter = useMemo(() => filterOf(settled), [settled]);
  const isFiltered = filter.term !== null || filter.status !== null || filter.from !== null || filter.to !== null;
  const isShort = asked.search.trim() !== "" && searchTerm(asked.search) === null;
  const set = (part: Partial<Asked>): void => setAsked({ ...asked, ...part });
  return (
    <section class="payments" aria-labelledby="payments">
      <div class="section-head">
        <h2 id="payments">{TEXT.payments}</h2>
        <Download session={session} franchiseeId={franchiseeId} filter={filter} />
      </div>
      <div class="filters" role="search">
        <label class="wide">
          {TEXT.search}
          <input
            type="search"
            placeholder={TEXT.searchHint}
            autocomplete="off"
            spellcheck={false}
            value={asked.search}
            onInput={(event) => set({ search: event.currentTarget.value })}
            aria-describedby="search-hint"
          />
        </label>
        <label>
          {TEXT.status}
          <select value={asked.status} onChange={(event) => set({ status: event.currentTarget.value })}>
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
              value={asked[end]}
              onInput={(event) => set({ [end]: event.currentTarget.value })}
            />
          </label>
        ))}
        {asked === NOTHING_ASKED ? null : (
          <button type="button" class="quiet" onClick={() => setAsked(NOTHING_ASKED)}>
            {TEXT.clear}
          </button>
        )}
      </div>
      <p id="search-hint" class="hint">
        {isShort ? TEXT.shortSearch : ""}
        {filter.term !== null && wordsOf(settled.search).length > 1 ? `Only “${filter.term}” is searched for. ` : ""}
        {filter.term === null ? "" : TEXT.searchNotInFile}
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

function Download({ session, franchiseeId, filter }: { session: SignedIn; franchiseeId: string; filter: Filter }) {
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const leaving = useRef(new AbortController());
  // What is still on its way when somebody signs out must not arrive on the disk of whoever comes next.
  useEffect(() => () => leaving.current.abort(), []);
  const download = async (): Promise<void> => {
    setState("busy");
    try {
      const { name, file } = await downloadCsv(session.user, franchiseeId, filter, leaving.current.signal);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  return (
    <div class="download">
      {state === "failed" ? <span role="alert">{TEXT.downloadFailed}</span> : null}
      <button type="button" disabled={state === "busy"} onClick={() => void download()}>
        {state === "busy" ? TEXT.downloading : TEXT.download}
      </button>
    </div>
  );
}
