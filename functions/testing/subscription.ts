import { deleteApp, initializeApp } from "firebase/app";
import {
  collection,
  connectFirestoreEmulator,
  type DocumentSnapshot,
  getFirestore,
  limit,
  onSnapshot,
  orderBy,
  query,
} from "firebase/firestore";
import { PROJECT_ID } from "../tools/cli/ports.ts";

/** A franchisee's listener under the rules. */
export interface Subscription {
  /** Resolves when the transaction in the snapshot satisfies `isExpected`. */
  shows: (stripePaymentId: string, isExpected: (get: (field: string) => unknown) => boolean) => Promise<void>;
  close: () => Promise<void>;
}

/** Resolves after the first snapshot. Throws if the rules deny it. */
export async function subscribe(address: string, franchiseeId: string): Promise<Subscription> {
  const app = initializeApp({ projectId: PROJECT_ID }, `subscription-${franchiseeId}`);
  const database = getFirestore(app);
  const { hostname, port } = new URL(`http://${address}`);
  const mockUserToken = { user_id: "franchisee", franchisees: [franchiseeId] };
  connectFirestoreEmulator(database, hostname, Number(port), { mockUserToken });
  const shown = new Map<string, DocumentSnapshot>();
  const waiting = new Set<() => void>();
  const newest = query(
    collection(database, `franchisees/${franchiseeId}/transactions`),
    orderBy("createdAt", "desc"),
    limit(50),
  );
  const { promise: isOpen, resolve, reject } = Promise.withResolvers<void>();
  const stop = onSnapshot(
    newest,
    (snapshot) => {
      shown.clear();
      for (const document of snapshot.docs) shown.set(document.id, document);
      for (const check of waiting) check();
      resolve();
    },
    reject,
  );
  await isOpen;
  return {
    shows: (stripePaymentId, isExpected) =>
      new Promise((done) => {
        const check = (): void => {
          const document = shown.get(stripePaymentId);
          if (!document || !isExpected((field): unknown => document.get(field))) return;
          waiting.delete(check);
          done();
        };
        waiting.add(check);
        check();
      }),
    close: async () => {
      stop();
      await deleteApp(app);
    },
  };
}
