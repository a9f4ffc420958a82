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

/** A franchisee's listener on their transactions, under the rules. */
export interface Subscription {
  /** Resolves when `isRight` holds for the transaction in the snapshot. */
  shows: (stripePaymentId: string, isRight: (get: (field: string) => unknown) => boolean) => Promise<void>;
  close: () => Promise<void>;
}

/** Resolves after the first snapshot. Throws where the rules deny it. */
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
      for (const look of waiting) look();
      resolve();
    },
    reject,
  );
  await isOpen;
  return {
    shows: (stripePaymentId, isRight) =>
      new Promise((done) => {
        const look = (): void => {
          const document = shown.get(stripePaymentId);
          if (!document || !isRight((field): unknown => document.get(field))) return;
          waiting.delete(look);
          done();
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      stop();
      await deleteApp(app);
    },
  };
}
