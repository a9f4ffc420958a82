import { useState } from "preact/hooks";
import { saveWorklistEntry } from "../api.ts";
import type { Transaction } from "../firestore/transaction.ts";
import { useWorklistEntry } from "../firestore/worklist-entries.ts";
import type { SignedIn } from "../session.ts";
import { WORKLIST_TEXT } from "../worklist-messages.ts";
import type { WorklistEntry } from "../worklist-entry.ts";
import { Section } from "./headings.tsx";

interface WorklistFormProps {
  session: SignedIn;
  transaction: Transaction;
}

/** Who deals with the payment's exception, and a note, for head office. */
export function WorklistForm({ session, transaction }: WorklistFormProps) {
  const entry = useWorklistEntry(session, transaction.franchiseeId, transaction.stripePaymentId);
  const isListed = transaction.exception === "open" || entry?.note || entry?.assignee;
  if (entry === null || !isListed) return null;
  return (
    <Section title={WORKLIST_TEXT.entry}>
      <EntryForm key={JSON.stringify(entry)} session={session} transaction={transaction} entry={entry} />
    </Section>
  );
}

function EntryForm({ session, transaction, entry }: WorklistFormProps & { entry: WorklistEntry }) {
  const [assignee, setAssignee] = useState(entry.assignee ?? "");
  const [note, setNote] = useState(entry.note ?? "");
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const changes = { assignee: assignee.trim() || null, note: note.trim() || null };
  const isChanged = changes.assignee !== entry.assignee || changes.note !== entry.note;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setState("busy");
    try {
      await saveWorklistEntry(session.user, transaction, changes);
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  return (
    <form class="resolve-form worklist-form" onSubmit={(event) => void submit(event)}>
      <label>
        {WORKLIST_TEXT.assignee}
        <input
          type="text"
          dir="auto"
          maxLength={200}
          autocomplete="off"
          value={assignee}
          onInput={(event) => setAssignee(event.currentTarget.value)}
        />
      </label>
      <label>
        {WORKLIST_TEXT.note}
        <textarea
          dir="auto"
          rows={3}
          maxLength={1000}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={state === "busy" || !isChanged}>
        {WORKLIST_TEXT.save}
      </button>
      <p class="hint">{WORKLIST_TEXT.entryHint}</p>
      {state === "failed" ? (
        <p role="alert" class="message message-alert">
          {WORKLIST_TEXT.notSaved}
        </p>
      ) : null}
    </form>
  );
}
