import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { resolveException, saveWorklistEntry } from "../api.ts";
import { customerText, TEXT } from "../messages.ts";
import type { SignedIn } from "../session.ts";
import { doneText, failedText, progressText, selectedText, WORKLIST_TEXT } from "../worklist-messages.ts";
import { keyOf, type OpenException } from "../worklist.ts";

/** Requests at the same time. */
const LANES = 4;

interface BulkActionsProps {
  session: SignedIn;
  selected: readonly OpenException[];
  /** Of the open exceptions. */
  assignees: readonly string[];
  /** The keys that stay selected. */
  onSelect: (keys: ReadonlySet<string>) => void;
}

/** Why one was not saved; null if it was. */
type Save = (exception: OpenException) => Promise<string | null>;

interface Progress {
  done: number;
  of: number;
  failed: { name: string; why: string }[];
}

/** Accepts the selected exceptions with one reason, or assigns them. Those that fail stay selected, and are named. */
export function BulkActions({ session, selected, assignees, onSelect }: BulkActionsProps) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const isBusy = progress !== null && progress.done < progress.of;
  const saveAll = async (save: Save): Promise<void> => {
    const waiting = [...selected];
    const failed = new Map<string, { name: string; why: string }>();
    let done = 0;
    const report = () => setProgress({ done, of: selected.length, failed: [...failed.values()] });
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const why = await save(next).catch(() => WORKLIST_TEXT.failed);
        if (why !== null) failed.set(keyOf(next), { name: customerText(next.transaction), why });
        done += 1;
        report();
      }
    };
    report();
    await Promise.all(Array.from({ length: LANES }, work));
    onSelect(new Set(failed.keys()));
  };
  const accept = async (reason: string, { transaction }: OpenException): Promise<string | null> => {
    const outcome = await resolveException(session.user, transaction, true, reason);
    if (outcome === "done") return null;
    return outcome === "changed" ? WORKLIST_TEXT.changed : (outcome.refused ?? WORKLIST_TEXT.failed);
  };
  const assign = async (assignee: string, { transaction }: OpenException): Promise<null> => {
    await saveWorklistEntry(session.user, transaction, { assignee: assignee === "" ? null : assignee });
    return null;
  };
  return (
    <section class="bulk" aria-label={WORKLIST_TEXT.selected}>
      {selected.length === 0 ? null : (
        <>
          <p class="bulk-count">
            {selectedText(selected.length)}
            <button type="button" class="quiet" disabled={isBusy} onClick={() => onSelect(new Set())}>
              {WORKLIST_TEXT.selectNone}
            </button>
          </p>
          <TextForm
            label={TEXT.reason}
            hint={TEXT.resolveHint}
            action={WORKLIST_TEXT.accept}
            maxLength={500}
            isRequired
            isBusy={isBusy}
            onSubmit={(reason) => saveAll((one) => accept(reason, one))}
          />
          <TextForm
            label={WORKLIST_TEXT.assignee}
            hint={WORKLIST_TEXT.entryHint}
            action={WORKLIST_TEXT.assign}
            maxLength={200}
            suggestions={assignees}
            isBusy={isBusy}
            onSubmit={(assignee) => saveAll((one) => assign(assignee, one))}
          />
        </>
      )}
      <div role="status">{progress === null ? null : <ProgressText {...progress} />}</div>
    </section>
  );
}

function ProgressText({ done, of, failed }: Progress) {
  if (done < of) return <p>{progressText(done, of)}</p>;
  return (
    <>
      {of === failed.length ? null : <p>{doneText(of - failed.length)}</p>}
      {failed.length === 0 ? null : (
        <>
          <p>{failedText(failed.length)}</p>
          <ul>
            {failed.map(({ name, why }) => (
              <li key={`${name} ${why}`}>
                <bdi>{name}</bdi>: {why}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

const NO_SUGGESTIONS: readonly string[] = [];

interface TextFormProps {
  label: string;
  hint: string;
  action: string;
  maxLength: number;
  suggestions?: readonly string[];
  isRequired?: boolean;
  isBusy: boolean;
  onSubmit: (text: string) => Promise<void>;
}

function TextForm({
  label,
  hint,
  action,
  maxLength,
  suggestions = NO_SUGGESTIONS,
  isRequired = false,
  isBusy,
  onSubmit,
}: TextFormProps) {
  const [text, setText] = useState("");
  const [id] = useState(() => `suggestions-${Math.random().toString(36).slice(2)}`);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    await onSubmit(text.trim());
    setText("");
  };
  const list: ComponentChildren =
    suggestions.length === 0 ? null : (
      <datalist id={id}>
        {suggestions.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </datalist>
    );
  return (
    <form class="resolve-form" onSubmit={(event) => void submit(event)}>
      <label>
        {label}
        <input
          type="text"
          dir="auto"
          required={isRequired}
          maxLength={maxLength}
          autocomplete="off"
          list={list === null ? undefined : id}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {list}
      <button type="submit" disabled={isBusy || (isRequired && text.trim() === "")}>
        {action}
      </button>
      <p class="hint">{hint}</p>
    </form>
  );
}
