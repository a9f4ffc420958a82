/** Loaded on demand, because it loads Google's pop-up code. */
import { type Auth, browserPopupRedirectResolver, GoogleAuthProvider, signInWithPopup } from "firebase/auth";

export async function signInWithGoogle(auth: Auth): Promise<void> {
  const provider = new GoogleAuthProvider();
  provider.setCustomParameters({ prompt: "select_account" });
  await signInWithPopup(auth, provider, browserPopupRedirectResolver);
}
