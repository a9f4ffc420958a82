import { useState } from "preact/hooks";
import { resolveException } from "../api.ts";
import type { Transaction } from "../firestore/transaction.ts";
import { TEXT } from "../messages.ts";
import type { SignedIn } from "../session.ts";

/** Head office resolves an exception with a reason, or reopens it. The listener then shows the new state. */
export function ResolveForm({ session, transaction }: { session: SignedIn; transaction: Transaction }) {
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const isOpen = transaction.exception === "open";
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setError(null);
    try {
      const outcome = await resolveException(session.user, transaction, isOpen, reason.trim());
      if (outcome === "done") setReason("");
      else setError(outcome === "changed" ? TEXT.changed : (outcome.refused ?? TEXT.resolveFailed));
    } catch {
      setError(TEXT.resolveFailed);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <form class="resolve-form" onSubmit={(event) => void submit(event)}>
      <label>
        {TEXT.reason}
        <input
          type="text"
          dir="auto"
          required
          maxLength={500}
          autocomplete="off"
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={isBusy || reason.trim() === ""}>
        {isOpen ? TEXT.resolve : TEXT.reopen}
      </button>
      {isOpen ? <p class="hint">{TEXT.resolveHint}</p> : null}
      {error === null ? null : (
        <p role="alert" class="message message-alert">
          {error}
        </p>
      )}
    </form>
  );
}
