import {
  type Auth,
  isSignInWithEmailLink,
  sendPasswordResetEmail,
  sendSignInLinkToEmail,
  signInWithEmailAndPassword,
  signInWithEmailLink,
} from "firebase/auth";
import { useEffect, useState } from "preact/hooks";
import { Title } from "../components/headings.tsx";
import type { DemoLogin } from "../demo-logins.ts";
import { valueAt } from "../firestore/fields.ts";
import { SIGN_IN_ERROR_TEXT, TEXT } from "../messages.ts";

/** A password reset has the same outcome for every address, so that nobody learns which have an account. */
const NO_ACCOUNT_ERRORS: ReadonlySet<string> = new Set(["auth/user-not-found", "auth/user-disabled"]);

const loadGoogleSignIn = () => import("../google-sign-in.ts");

/** `isExpired`: Firebase ended the previous session. */
export function SignIn({ auth, isExpired }: { auth: Auth; isExpired: boolean }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [message, setMessage] = useState<{ role: "alert" | "status"; text: string } | null>(
    isExpired ? { role: "status", text: TEXT.expired } : null,
  );
  const [isBusy, setIsBusy] = useState(false);
  const [isLink, setIsLink] = useState(() => isSignInWithEmailLink(auth, location.href));

  /** Runs one attempt at a time and shows its error. */
  const attempt = async (action: () => Promise<unknown>): Promise<void> => {
    setIsBusy(true);
    setMessage(null);
    try {
      await action();
    } catch (error) {
      const code = String(valueAt(error, "code"));
      const text = errorText(code);
      if (text !== null) setMessage({ role: "alert", text });
      if (text === TEXT.invalidLink) {
        history.replaceState(null, "", `/${location.hash}`);
        setIsLink(false);
      }
    } finally {
      setIsBusy(false);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void attempt(() =>
      isLink ? signInWithEmailLink(auth, email, location.href) : signInWithEmailAndPassword(auth, email, password),
    );
  };
  const sendLink = (): void => {
    void attempt(async () => {
      await sendSignInLinkToEmail(auth, email, { url: `${location.origin}/`, handleCodeInApp: true });
      setMessage({ role: "status", text: TEXT.emailLinkSent });
    });
  };
  const resetPassword = (): void => {
    void attempt(async () => {
      try {
        await sendPasswordResetEmail(auth, email, { url: `${location.origin}/` });
      } catch (error) {
        if (!NO_ACCOUNT_ERRORS.has(String(valueAt(error, "code")))) throw error;
      }
      setMessage({ role: "status", text: TEXT.passwordResetSent });
    });
  };
  const signInWithGoogle = (): void => {
    void attempt(async () => (await loadGoogleSignIn()).signInWithGoogle(auth));
  };

  return (
    <main class="sign-in">
      <img src="/icon.svg" alt="" width={48} height={48} />
      <Title>{TEXT.signIn}</Title>
      <p class="lead">{isLink ? TEXT.emailLinkOpened : TEXT.signInLead}</p>
      {message ? (
        <p role={message.role} class={`message message-${message.role}`}>
          {message.text}
        </p>
      ) : null}
      <form onSubmit={submit}>
        <label>
          {TEXT.email}
          <input
            type="email"
            autocomplete="username"
            required
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        </label>
        {isLink ? null : (
          <label>
            {TEXT.password}
            <input
              type="password"
              autocomplete="current-password"
              required
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          </label>
        )}
        <button type="submit" class="primary" disabled={isBusy}>
          {TEXT.signIn}
        </button>
      </form>
      {isLink ? null : (
        <div class="alternatives">
          <p class="or">{TEXT.or}</p>
          <button type="button" disabled={isBusy || !email.includes("@")} onClick={sendLink}>
            {TEXT.emailLink}
          </button>
          <button type="button" disabled={isBusy || !email.includes("@")} onClick={resetPassword}>
            {TEXT.resetPassword}
          </button>
          <button
            type="button"
            disabled={isBusy}
            onPointerEnter={() => void loadGoogleSignIn()}
            onClick={signInWithGoogle}
          >
            {TEXT.google}
          </button>
        </div>
      )}
      {PORTAL_IS_LOCAL ? (
        <DemoLogins
          isBusy={isBusy}
          onSelect={(login) => void attempt(() => signInWithEmailAndPassword(auth, login.email, login.password))}
        />
      ) : null}
    </main>
  );
}

function DemoLogins({ isBusy, onSelect }: { isBusy: boolean; onSelect: (login: DemoLogin) => void }) {
  const [logins, setLogins] = useState<readonly DemoLogin[]>([]);
  useEffect(() => {
    void import("../demo-logins.ts").then(({ DEMO_LOGINS }) => setLogins(DEMO_LOGINS));
  }, []);
  return (
    <section class="demo" aria-label={TEXT.demoLead}>
      <p>{TEXT.demoLead}</p>
      <div>
        {logins.map((login) => (
          <button key={login.email} type="button" disabled={isBusy} onClick={() => onSelect(login)}>
            {login.label}
          </button>
        ))}
      </div>
    </section>
  );
}

function errorText(code: string): string | null {
  const text = SIGN_IN_ERROR_TEXT[code];
  if (text !== undefined) return text;
  return code.startsWith("auth/") ? TEXT.signInFailed : TEXT.unexpected;
}
