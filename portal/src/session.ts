import { type Auth, onIdTokenChanged, signOut, type User } from "firebase/auth";
import type { Firestore } from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import { listAt, textAt } from "./firestore/fields.ts";
import { closeDatabase, openDatabase } from "./firestore/firebase.ts";
import { resetReads } from "./firestore/read-counter.ts";

/** The grants in the ID token's custom claims, as firestore.rules read them. */
export interface Grants {
  isAdmin: boolean;
  franchisees: readonly string[];
}

export interface SignedIn {
  state: "signed in";
  user: User;
  database: Firestore;
  grants: Grants;
}

/** `isExpired`: signed out by Firebase, because the account was disabled or the sign-in revoked. */
export type Session =
  { state: "starting" } | { state: "failed" } | { state: "signed out"; isExpired: boolean } | SignedIn;

export function mayRead({ isAdmin, franchisees }: Grants, franchiseeId: string): boolean {
  return isAdmin || franchisees.includes(franchiseeId);
}

async function grantsOf(user: User): Promise<Grants> {
  const { claims } = await user.getIdTokenResult();
  // A grant is valid only for its address.
  if (claims["grantedTo"] !== undefined && claims["grantedTo"] !== claims["email"]) {
    return { isAdmin: false, franchisees: [] };
  }
  const franchisees = listAt(claims, "franchisees").filter((id): id is string => typeof id === "string");
  return { isAdmin: claims["admin"] === true, franchisees };
}

let isSigningOut = false;

export async function signOutUser(auth: Auth): Promise<void> {
  isSigningOut = true;
  try {
    await signOut(auth);
  } catch (error) {
    isSigningOut = false;
    throw error;
  }
}

let currentUser: User | null = null;

export function useSession(auth: Auth): Session {
  const [session, setSession] = useState<Session>({ state: "starting" });
  useEffect(() => {
    let current: SignedIn | undefined;
    let latest = 0;
    const update = async (user: User | null): Promise<void> => {
      latest += 1;
      const mine = latest;
      currentUser = user;
      if (!user) {
        setSession({ state: "signed out", isExpired: current !== undefined && !isSigningOut });
        // The next user starts at the home page.
        if (isSigningOut) location.hash = "";
        isSigningOut = false;
        current = undefined;
        await closeDatabase();
        resetReads();
        return;
      }
      const grants = await grantsOf(user);
      const isSameUser = current?.user.uid === user.uid;
      if (mine !== latest) return;
      // Removes the used code of a sign-in link from the URL.
      if (location.search !== "") history.replaceState(null, "", `/${location.hash}`);
      if (current && !isSameUser) location.hash = "";
      if (isSameUser && current && JSON.stringify(current.grants) === JSON.stringify(grants)) return;
      // Changed grants reopen the database, because Firestore does not retry denied listeners.
      setSession({ state: "starting" });
      const database = await openDatabase();
      if (mine !== latest) return;
      resetReads();
      current = { state: "signed in", user, database, grants };
      setSession(current);
    };
    return onIdTokenChanged(auth, (user) => {
      const mine = latest + 1;
      update(user).catch(() => mine === latest && setSession({ state: "failed" }));
    });
  }, [auth]);
  return session;
}

/** Errors that the page already shows: offline, or signed out. */
const SHOWN_ERRORS = new Set(["auth/network-request-failed", "auth/user-token-expired", "auth/user-disabled"]);

/** Reloads the page with a new ID token, which contains the latest grants. */
export async function refreshAccess(): Promise<void> {
  try {
    await currentUser?.getIdToken(true);
  } catch (error) {
    if (SHOWN_ERRORS.has(textAt(error, "code") ?? "")) return;
    // After any other error, the reloaded page requests a token again.
  }
  location.reload();
}
