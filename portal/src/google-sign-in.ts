/** Signing in by Google. It loads Google's popup code, so it is loaded itself with the first click. */
import { type Auth, browserPopupRedirectResolver, GoogleAuthProvider, signInWithPopup } from "firebase/auth";

export async function signInByGoogle(auth: Auth): Promise<void> {
  const provider = new GoogleAuthProvider();
  provider.setCustomParameters({ prompt: "select_account" });
  await signInWithPopup(auth, provider, browserPopupRedirectResolver);
}
