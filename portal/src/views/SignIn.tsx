import {
  type Auth,
  isSignInWithEmailLink,
  sendSignInLinkToEmail,
  signInWithEmailAndPassword,
  signInWithEmailLink,
} from "firebase/auth";
import { useEffect, useState } from "preact/hooks";
import type { DemoLogin } from "../demo-logins.ts";
import { at } from "../firestore/fields.ts";
import { IS_LOCAL } from "../firestore/firebase.ts";
import { Title } from "../components/headings.tsx";
import { TEXT } from "../messages.ts";

export function SignIn({ auth, ended }: { auth: Auth; ended: boolean }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [told, setTold] = useState<{ role: "alert" | "status"; text: string } | null>(
    ended ? { role: "status", text: TEXT.ended } : null,
  );
  const [isBusy, setIsBusy] = useState(false);
  const [isLink, setIsLink] = useState(() => isSignInWithEmailLink(auth, location.href));

  /** One at a time; what Firebase refuses is said in words. */
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    setIsBusy(true);
    setTold(null);
    try {
      await work();
    } catch (error) {
      const code = String(at(error, "code"));
      if (USELESS_LINK.has(code)) {
        history.replaceState(null, "", `/${location.hash}`);
        setIsLink(false);
      }
      const text = refusalText(code);
      if (text !== null) setTold({ role: "alert", text });
    } finally {
      setIsBusy(false);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void attempt(async () => {
      if (isLink) {
        await signInWithEmailLink(auth, email, location.href);
      } else {
        await signInWithEmailAndPassword(auth, email, password);
      }
    });
  };
  const sendLink = (): void => {
    void attempt(async () => {
      await sendSignInLinkToEmail(auth, email, { url: `${location.origin}/`, handleCodeInApp: true });
      setTold({ role: "status", text: TEXT.emailLinkSent });
    });
  };
  const google = () => import("../google-sign-in.ts");
  const byGoogle = (): void => {
    void attempt(async () => (await google()).signInByGoogle(auth));
  };

  return (
    <main class="sign-in">
      <img src="/icon.svg" alt="" width={48} height={48} />
      <Title>{TEXT.signIn}</Title>
      <p class="lead">{isLink ? TEXT.emailLinkOpened : TEXT.signInLead}</p>
      {told ? (
        <p role={told.role} class={`told told-${told.role}`}>
          {told.text}
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
        <div class="others">
          <p class="or">{TEXT.or}</p>
          <button type="button" disabled={isBusy || !email.includes("@")} onClick={sendLink}>
            {TEXT.emailLink}
          </button>
          <button type="button" disabled={isBusy} onPointerEnter={() => void google()} onClick={byGoogle}>
            {TEXT.google}
          </button>
        </div>
      )}
      {IS_LOCAL ? (
        <DemoLogins
          isBusy={isBusy}
          onChoice={(login) => void attempt(() => signInWithEmailAndPassword(auth, login.email, login.password))}
        />
      ) : null}
    </main>
  );
}

function DemoLogins({ isBusy, onChoice }: { isBusy: boolean; onChoice: (login: DemoLogin) => void }) {
  const [logins, setLogins] = useState<readonly DemoLogin[]>([]);
  useEffect(() => {
    void import("../firestore/emulators.ts").then(({ DEMO_LOGINS }) => setLogins(DEMO_LOGINS));
  }, []);
  return (
    <section class="demo" aria-label={TEXT.demoLead}>
      <p>{TEXT.demoLead}</p>
      <div>
        {logins.map((login) => (
          <button key={login.email} type="button" disabled={isBusy} onClick={() => onChoice(login)}>
            {login.label}
          </button>
        ))}
      </div>
    </section>
  );
}

const USELESS_LINK = new Set(["auth/invalid-action-code", "auth/expired-action-code"]);

/** Null where somebody has changed their mind. Whether an address is known is nobody's business. */
function refusalText(code: string): string | null {
  switch (code) {
    case "auth/popup-closed-by-user":
    case "auth/cancelled-popup-request":
      return null;
    case "auth/popup-blocked":
      return "The browser has blocked Google’s window. Allow it, and try again.";
    case "auth/network-request-failed":
      return "There is no connection. Check it, and try again.";
    case "auth/too-many-requests":
      return "Too many attempts. Wait a few minutes, and try again.";
    case "auth/user-disabled":
      return "This account is disabled. Ask head office.";
    case "auth/invalid-action-code":
    case "auth/expired-action-code":
      return "This link has been used or is too old. Ask for a new one.";
    case "auth/admin-restricted-operation":
      return TEXT.notInvited;
    case "auth/operation-not-allowed":
      return "This way to sign in is switched off. Take another one, or ask head office.";
    default:
      if (!code.startsWith("auth/")) return "Something went wrong. Reload the page, and try again.";
      return "That did not work. Check what you typed, and try again.";
  }
}
