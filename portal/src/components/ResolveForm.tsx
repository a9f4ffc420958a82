import { useState } from "preact/hooks";
import { decide } from "../api.ts";
import type { Payment } from "../firestore/transaction.ts";
import type { SignedIn } from "../session.ts";
import { TEXT } from "../messages.ts";

/** Head office lets an exception stand, with a reason, or takes that back. What becomes of it, the listener shows. */
export function Decision({ session, payment }: { session: SignedIn; payment: Payment }) {
  const [reason, setReason] = useState("");
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const isOpen = payment.exception === "open";
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setTrouble(null);
    try {
      const answer = await decide(session.user, payment, isOpen, reason.trim());
      if (answer === "done") setReason("");
      else setTrouble(answer === "changed" ? TEXT.changedMeanwhile : (answer.refused ?? TEXT.resolveFailed));
    } catch {
      setTrouble(TEXT.resolveFailed);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <form class="decision" onSubmit={(event) => void submit(event)}>
      <label>
        {TEXT.reason}
        <input
          type="text"
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
      {trouble === null ? null : (
        <p role="alert" class="told told-alert">
          {trouble}
        </p>
      )}
    </form>
  );
}
