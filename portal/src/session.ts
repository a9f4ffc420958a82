/** Who is signed in, and what they may read. */
import { type Auth, onIdTokenChanged, signOut, type User } from "firebase/auth";
import type { Firestore } from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import { at } from "./firestore/fields.ts";
import { closeDatabase, openDatabase } from "./firestore/firebase.ts";
import { resetReads } from "./firestore/read-counter.ts";

/** What the custom claims of the ID token grant, read as firestore.rules read them. */
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

/** `ended`: nobody asked for it; the account was disabled, or its sign-in was revoked. */
export type Session = { state: "starting" } | { state: "failed" } | { state: "signed out"; ended: boolean } | SignedIn;

export function mayRead({ isAdmin, franchisees }: Grants, franchiseeId: string): boolean {
  return isAdmin || franchisees.includes(franchiseeId);
}

const NOTHING: Grants = { isAdmin: false, franchisees: [] };

async function grantsOf(user: User): Promise<Grants> {
  const { claims } = await user.getIdTokenResult();
  // A grant counts for the address that it was made for.
  if (claims["grantedTo"] !== undefined && claims["grantedTo"] !== claims["email"]) return NOTHING;
  const named: unknown = claims["franchisees"];
  const franchisees = Array.isArray(named) ? named.filter((one): one is string => typeof one === "string") : [];
  return { isAdmin: claims["admin"] === true, franchisees };
}

let isLeaving = false;

export async function leave(auth: Auth): Promise<void> {
  isLeaving = true;
  try {
    await signOut(auth);
  } catch (error) {
    isLeaving = false;
    throw error;
  }
}

export function useSession(auth: Auth): Session {
  const [session, setSession] = useState<Session>({ state: "starting" });
  useEffect(() => {
    let current: SignedIn | undefined;
    let turn = 0;
    const take = async (user: User | null): Promise<void> => {
      turn += 1;
      const mine = turn;
      signedIn = user;
      if (!user) {
        setSession({ state: "signed out", ended: current !== undefined && !isLeaving });
        // Whoever comes next begins at the start. As long as a view is there, it would lead back to where it is.
        if (isLeaving) location.hash = "";
        isLeaving = false;
        current = undefined;
        await closeDatabase();
        resetReads();
        return;
      }
      const grants = await grantsOf(user);
      const isSame = current?.user.uid === user.uid;
      if (mine !== turn) return;
      // A link that signs in has done so, or is not needed: its code has no business in an address.
      if (location.search !== "") history.replaceState(null, "", `/${location.hash}`);
      if (current && !isSame) location.hash = "";
      if (isSame && current && JSON.stringify(current.grants) === JSON.stringify(grants)) return;
      // A listener that the rules have refused stays refused: with other grants everything is opened anew.
      setSession({ state: "starting" });
      const database = await openDatabase();
      if (mine !== turn) return;
      resetReads();
      current = { state: "signed in", user, database, grants };
      setSession(current);
    };
    return onIdTokenChanged(auth, (user) => {
      const mine = turn + 1;
      take(user).catch(() => mine === turn && setSession({ state: "failed" }));
    });
  }, [auth]);
  return session;
}

let signedIn: User | null = null;

const SAID_BY_THE_PAGE = new Set(["auth/network-request-failed", "auth/user-token-expired", "auth/user-disabled"]);

/** Asks for a new ID token, which holds what has been granted since the last one, and begins anew. */
export async function lookAgain(): Promise<void> {
  try {
    await signedIn?.getIdToken(true);
  } catch (error) {
    // Without a connection, or where the session has ended, the page says so itself. What else is refused, a page that starts again asks for again.
    if (SAID_BY_THE_PAGE.has(String(at(error, "code")))) return;
  }
  location.reload();
}
