import { reconciliationText, TEXT } from "../messages.ts";
import type { PageParameters } from "../page-parameters.ts";
import { agesText, WORKLIST_TEXT } from "../worklist-messages.ts";
import { AGES, KINDS, NOBODY, type WorklistFilter } from "../worklist.ts";

interface WorklistFiltersProps {
  filter: WorklistFilter;
  /** Accounts and names; empty while the list is of one franchisee. */
  franchisees: readonly (readonly [id: string, name: string])[];
  /** Of the open exceptions. */
  assignees: readonly string[];
  parameters: PageParameters;
  /** The list differs from now on. */
  onChange: () => void;
}

/** Filters the exceptions, in the URL. */
export function WorklistFilters({ filter, franchisees, assignees, parameters, onChange }: WorklistFiltersProps) {
  const set = (changes: Record<string, string | null>, isTyped?: boolean): void => {
    onChange();
    parameters.set(changes, isTyped);
  };
  const { assignee } = filter;
  const known = assignee === null || assignee === NOBODY ? assignees : [...new Set([...assignees, assignee])];
  const choices = [
    {
      name: "franchisee",
      text: TEXT.franchisee,
      chosen: null,
      all: WORKLIST_TEXT.allFranchisees,
      options: franchisees,
    },
    {
      name: "kind",
      text: WORKLIST_TEXT.kind,
      chosen: filter.kind,
      all: TEXT.any,
      options: KINDS.map((kind) => [kind, reconciliationText(kind)]),
    },
    {
      name: "days",
      text: WORKLIST_TEXT.openFor,
      chosen: filter.days === null ? null : String(filter.days),
      all: TEXT.any,
      options: AGES.map((days) => [String(days), agesText(days)]),
    },
    {
      name: "assignee",
      text: WORKLIST_TEXT.assignee,
      chosen: assignee,
      all: WORKLIST_TEXT.anybody,
      options: [[NOBODY, WORKLIST_TEXT.nobody], ...known.map((one) => [one, one])],
    },
  ];
  const isFiltered = Object.values(filter).some((value) => value !== null);
  return (
    <div class="filters worklist-filters">
      {choices
        .filter(({ name }) => name !== "franchisee" || franchisees.length > 1)
        .map(({ name, text, chosen, all, options }) => (
          <label key={name}>
            {text}
            <select
              value={chosen ?? ""}
              onChange={({ currentTarget: { value } }) => set({ [name]: value === "" ? null : value })}
            >
              <option value="">{all}</option>
              {options.map(([value, optionText]) => (
                <option key={value} value={value}>
                  {optionText}
                </option>
              ))}
            </select>
          </label>
        ))}
      <label>
        {WORKLIST_TEXT.minimum}
        <input
          type="number"
          min={0}
          step="any"
          inputMode="decimal"
          value={parameters.get("size") ?? ""}
          onInput={({ currentTarget: { value } }) => set({ size: value === "" ? null : value }, true)}
        />
      </label>
      {isFiltered ? (
        <button type="button" class="quiet" onClick={() => set({ kind: null, days: null, assignee: null, size: null })}>
          {TEXT.clear}
        </button>
      ) : null}
    </div>
  );
}
