import { useState } from "preact/hooks";
import {
  type FranchiseeProfile,
  NO_PROFILE,
  PROFILE_FIELDS,
} from "../../../functions/src/domain/franchisee-profile.ts";
import { saveProfile } from "../api.ts";
import { PROFILE_TEXT, TEXT } from "../messages.ts";
import type { SignedIn } from "../session.ts";

interface ProfileFormProps {
  session: SignedIn;
  franchiseeId: string;
  /** What head office has entered. */
  entered: FranchiseeProfile;
  /** What Stripe states, which is shown where nothing is entered. */
  stripe: FranchiseeProfile;
}

/** Head office enters a franchisee's name, city and owner. The listener then shows them. */
export function ProfileForm({ session, franchiseeId, entered, stripe }: ProfileFormProps) {
  const [typed, setTyped] = useState<FranchiseeProfile | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const values = typed ?? entered;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setError(null);
    try {
      const refusal = await saveProfile(session.user, franchiseeId, trimmed(values));
      setError(refusal);
      if (refusal === null) setTyped(null);
    } catch {
      setError(TEXT.profileFailed);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <details class="profile-form">
      <summary>{TEXT.editProfile}</summary>
      <form onSubmit={(event) => void submit(event)}>
        {PROFILE_FIELDS.map((field) => (
          <label key={field}>
            {PROFILE_TEXT[field]}
            <input
              type="text"
              maxLength={200}
              autocomplete="off"
              dir="auto"
              placeholder={stripe[field] ?? ""}
              value={values[field] ?? ""}
              onInput={(event) => setTyped({ ...values, [field]: event.currentTarget.value })}
            />
          </label>
        ))}
        <button type="submit" disabled={isBusy || typed === null}>
          {TEXT.save}
        </button>
        <p class="hint">{TEXT.profileHint}</p>
        {error === null ? null : (
          <p role="alert" class="message message-alert">
            {error}
          </p>
        )}
      </form>
    </details>
  );
}

/** Empty fields are Stripe's. */
function trimmed(values: FranchiseeProfile): FranchiseeProfile {
  const profile = { ...NO_PROFILE };
  for (const field of PROFILE_FIELDS) profile[field] = values[field]?.trim() || null;
  return profile;
}
