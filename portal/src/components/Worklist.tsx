import { collection, collectionGroup, type Firestore, orderBy, query, type Query, where } from "firebase/firestore";
import { useState } from "preact/hooks";
import type { FranchiseeProfile } from "../../../functions/src/domain/franchisee-profile.ts";
import { filterTerm } from "../../../functions/src/domain/filter-terms.ts";
import { fromFirestore } from "../firestore/transaction.ts";
import type { QueryResult } from "../firestore/use-firestore.ts";
import { useWholeList, type WholeList } from "../firestore/whole-list.ts";
import { useWorklistEntries } from "../firestore/worklist-entries.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";
import type { PageParameters } from "../page-parameters.ts";
import type { SignedIn } from "../session.ts";
import { selectMatchingText, WORKLIST_TEXT } from "../worklist-messages.ts";
import {
  isSelected,
  keyOf,
  openException,
  type OpenException,
  readFilter,
  readSort,
  sorted,
  sumsOf,
  worklistFile,
} from "../worklist.ts";
import { BulkActions } from "./BulkActions.tsx";
import { DownloadButton } from "./DownloadButton.tsx";
import { useProfiles } from "./FranchiseeName.tsx";
import { PageNavigation } from "./PageNavigation.tsx";
import { Notice, QueryState } from "./states.tsx";
import { ColumnHeaders } from "./tables.tsx";
import { useNow } from "./use-now.ts";
import { WorklistFilters } from "./WorklistFilters.tsx";
import { WorklistTable } from "./WorklistTable.tsx";

const PAGE_SIZE = 40;
/** Found by its search term, which needs no further index (docs/decisions/0029-search.md). */
const OPEN = filterTerm({ has: "open_exception" });

/** Newest first. */
function openExceptions(database: Firestore, franchiseeId: string | null): Query {
  const open =
    franchiseeId === null
      ? query(collectionGroup(database, "transactions"), where("exception", "==", "open"))
      : query(
          collection(database, "franchisees", franchiseeId, "transactions"),
          where("search", "array-contains", OPEN),
        );
  return query(open, orderBy("createdAt", "desc"));
}

/** All open exceptions, with what head office noted on them. Costs a read for each, and for each note. */
function useOpenExceptions(session: SignedIn, franchiseeId: string | null): QueryResult<WholeList<OpenException>> {
  const entries = useWorklistEntries(session);
  const transactions = useWholeList(
    `exceptions ${franchiseeId ?? ""}`,
    () => openExceptions(session.database, franchiseeId),
    (document) => fromFirestore(document.ref.parent.parent?.id ?? "", document.id, document.data()),
  );
  if (transactions.state !== "ready") return transactions;
  if (entries.state !== "ready") return entries;
  const byKey = new Map(entries.data.all);
  const all = transactions.data.all.map((transaction) => openException(transaction, byKey.get(keyOf({ transaction }))));
  const isLoading = transactions.data.isLoading || entries.data.isLoading;
  return { state: "ready", data: { ...transactions.data, all, isLoading } };
}

interface WorklistProps {
  session: SignedIn;
  franchiseeId: string | null;
  parameters: PageParameters;
  hasBalances: boolean;
}

/** The open exceptions of payments, as the URL filters and sorts them. */
export function Worklist({ hasBalances, ...props }: WorklistProps) {
  const result = useOpenExceptions(props.session, props.franchiseeId);
  return (
    <QueryState result={result}>
      {(list) =>
        list.all.length === 0 && !list.isLoading ? (
          <Notice title={hasBalances ? TEXT.noPaymentExceptions : TEXT.noExceptions} lead={TEXT.noExceptionsLead} />
        ) : (
          <Loaded {...props} {...list} />
        )
      }
    </QueryState>
  );
}

type LoadedProps = Omit<WorklistProps, "hasBalances"> & WholeList<OpenException>;

function Loaded({ session, franchiseeId, parameters, all, isLoading, isCut }: LoadedProps) {
  const now = useNow();
  const [page, setPage] = useState(0);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const sort = readSort(parameters.get("sort"));
  const filter = readFilter(parameters.get);
  const matching = sorted(
    all.filter((exception) => isSelected(exception, filter, now)),
    sort,
  );
  const profiles = useProfiles(
    session,
    all.map(({ transaction }) => transaction.franchiseeId),
  );
  const pages = Math.max(1, Math.ceil(matching.length / PAGE_SIZE));
  // Accepted ones leave the list.
  const current = Math.min(page, pages - 1);
  const rows = matching.slice(current * PAGE_SIZE, (current + 1) * PAGE_SIZE);
  const selected = matching.filter((exception) => chosen.has(keyOf(exception)));
  const select = (exceptions: readonly OpenException[], isChosen: boolean): void => {
    const next = new Set(chosen);
    for (const exception of exceptions) {
      if (isChosen) next.add(keyOf(exception));
      else next.delete(keyOf(exception));
    }
    setChosen(next);
  };
  const assignees = [...new Set(all.flatMap(({ assignee }) => assignee ?? []))].toSorted();
  const nameOf = (id: string): string | null => profiles.get(id)?.businessName ?? null;
  const saveFile = () =>
    Promise.resolve({
      name: `exceptions-${now.toISOString().slice(0, "YYYY-MM-DD".length)}.csv`,
      file: new Blob([worklistFile(matching, nameOf)], { type: "text/csv;charset=utf-8" }),
    });
  return (
    <>
      <WorklistFilters
        filter={filter}
        franchisees={franchiseeId === null ? byName(profiles) : []}
        assignees={assignees}
        parameters={parameters}
        onChange={() => {
          setPage(0);
          setChosen(new Set());
        }}
      />
      {isLoading ? (
        <p class="note" role="status">
          {WORKLIST_TEXT.loadingMore}
        </p>
      ) : null}
      {isCut ? <p class="note">{WORKLIST_TEXT.cut}</p> : null}
      <div class="section-head">
        <Sums exceptions={matching} />
        <DownloadButton download={saveFile} />
      </div>
      <BulkActions
        session={session}
        selected={selected}
        assignees={[...new Set([session.user.email ?? "", ...assignees])].filter((one) => one !== "")}
        onSelect={setChosen}
      />
      {matching.length === 0 ? (
        <div role="status">
          <Notice title={WORKLIST_TEXT.noMatch} />
        </div>
      ) : (
        <>
          <WorklistTable
            session={session}
            rows={rows}
            profiles={profiles}
            sort={sort}
            parameters={parameters}
            now={now}
            chosen={chosen}
            onChoose={select}
          />
          {pages === 1 ? null : (
            <PageNavigation
              title={TEXT.exceptions}
              page={current + 1}
              onNewer={current === 0 ? null : () => setPage(current - 1)}
              onOlder={current === pages - 1 ? null : () => setPage(current + 1)}
            >
              {selected.length === matching.length ? null : (
                <button type="button" class="quiet" onClick={() => select(matching, true)}>
                  {selectMatchingText(matching.length)}
                </button>
              )}
            </PageNavigation>
          )}
        </>
      )}
    </>
  );
}

/** Sorted by name. */
function byName(profiles: ReadonlyMap<string, FranchiseeProfile>): [id: string, name: string][] {
  const named = [...profiles].map(([id, { businessName }]): [string, string] => [id, businessName ?? id]);
  return named.toSorted(([, a], [, b]) => a.localeCompare(b));
}

function Sums({ exceptions }: { exceptions: readonly OpenException[] }) {
  return (
    <table class="cards sums" aria-label={WORKLIST_TEXT.sums}>
      <thead>
        <tr>
          <ColumnHeaders names={[TEXT.currency]} />
          <ColumnHeaders names={[WORKLIST_TEXT.count, TEXT.amount, WORKLIST_TEXT.size]} isNumber />
        </tr>
      </thead>
      <tbody>
        {sumsOf(exceptions).map(({ currency, count, amount, size }) => (
          <tr key={currency}>
            <th scope="row" data-name={TEXT.currency}>
              {currency.toUpperCase()}
            </th>
            <td class="number" data-name={WORKLIST_TEXT.count}>
              {count}
            </td>
            <td class="number" data-name={TEXT.amount}>
              {money(amount, currency)}
            </td>
            <td class="number" data-name={WORKLIST_TEXT.size}>
              {money(size, currency)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
