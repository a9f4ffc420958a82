import { useState } from "preact/hooks";
import { type EmailSettings, readEmailSettings, saveEmailSettings } from "../api.ts";
import { Title } from "../components/headings.tsx";
import { ErrorNotice, Loading } from "../components/states.tsx";
import { useRequest } from "../components/use-request.ts";
import { TEXT } from "../messages.ts";
import { EXCEPTIONS } from "../route.ts";
import type { SignedIn } from "../session.ts";
import { EMAIL_TEXT } from "../worklist-messages.ts";

/** Which emails about exceptions a person at head office gets. */
export function Emails({ session }: { session: SignedIn }) {
  const settings = useRequest("email settings", (signal) => readEmailSettings(session.user, signal));
  return (
    <div class="page">
      <p class="breadcrumb">
        <a href={EXCEPTIONS}>{TEXT.exceptions}</a>
      </p>
      <Title>{EMAIL_TEXT.title}</Title>
      {settings === "loading" ? <Loading /> : null}
      {settings === "failed" ? <ErrorNotice isDenied={false} /> : null}
      {typeof settings === "object" ? <SettingsForm session={session} saved={settings} /> : null}
    </div>
  );
}

interface SettingsFormProps {
  session: SignedIn;
  saved: EmailSettings;
}

function SettingsForm({ session, saved }: SettingsFormProps) {
  const [daily, setDaily] = useState(saved.daily);
  const [isImmediate, setIsImmediate] = useState(saved.immediateFrom !== null);
  const [amount, setAmount] = useState(String(saved.immediateFrom ?? ""));
  const [state, setState] = useState<"idle" | "busy" | "saved" | { error: string }>("idle");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setState("busy");
    const changes = { daily, immediateFrom: isImmediate ? Number(amount) : null };
    try {
      const refusal = await saveEmailSettings(session.user, changes);
      setState(refusal === null ? "saved" : { error: refusal });
    } catch {
      setState({ error: EMAIL_TEXT.notSaved });
    }
  };
  return (
    <form class="email-form" onSubmit={(event) => void submit(event)}>
      <p>{EMAIL_TEXT.lead}</p>
      {saved.isSending ? null : <p class="message">{EMAIL_TEXT.notSending}</p>}
      <label class="choice">
        <input type="checkbox" checked={daily} onChange={({ currentTarget }) => setDaily(currentTarget.checked)} />
        {EMAIL_TEXT.daily}
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={isImmediate}
          onChange={({ currentTarget }) => setIsImmediate(currentTarget.checked)}
        />
        {EMAIL_TEXT.immediate}
      </label>
      {isImmediate ? (
        <label>
          {EMAIL_TEXT.amount}
          <input
            type="number"
            required
            min={0.01}
            max={1e9}
            step="any"
            inputMode="decimal"
            value={amount}
            onInput={({ currentTarget }) => setAmount(currentTarget.value)}
          />
        </label>
      ) : null}
      <button type="submit" class="primary" disabled={state === "busy"}>
        {EMAIL_TEXT.save}
      </button>
      <p role="status">{state === "saved" ? EMAIL_TEXT.saved : ""}</p>
      {typeof state === "object" ? (
        <p role="alert" class="message message-alert">
          {state.error}
        </p>
      ) : null}
    </form>
  );
}
