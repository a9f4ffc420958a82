import {
  collection,
  type CollectionReference,
  type Firestore,
  limit,
  orderBy,
  query,
  type Query,
  where,
} from "firebase/firestore";
import type { SignedIn } from "../session.ts";
import { type Deposit, isPaidByHand, toDeposit } from "./balance.ts";
import { useQuery } from "./use-firestore.ts";

export function depositsOf(database: Firestore, franchiseeId: string): CollectionReference {
  return collection(database, "franchisees", franchiseeId, "payouts");
}

/** Newest first. */
export function movementsWhere(
  database: Firestore,
  franchiseeId: string,
  field: "payoutId" | "stripePaymentId",
  value: string | null,
): Query {
  const all = collection(database, "franchisees", franchiseeId, "balanceTransactions");
  return query(all, where(field, "==", value), orderBy("createdAt", "desc"));
}

/** Enough to see past some instant deposits. */
const RECENT = 5;

/** Whether the account's recent deposits were made by hand; false until they are loaded. */
export function usePaidByHand({ database }: SignedIn, franchiseeId: string): boolean {
  const result = useQuery(
    `recent deposits ${franchiseeId}`,
    () => query(depositsOf(database, franchiseeId), orderBy("createdAt", "desc"), limit(RECENT)),
    (document) => toDeposit(document.id, document.data()),
  );
  return result.state === "ready" && isPaidByHand(result.data);
}

/** The deposit on its way that arrives first; null without one, and until it is loaded. */
export function useNextDeposit({ database }: SignedIn, franchiseeId: string): Deposit | null {
  const result = useQuery(
    `next deposit ${franchiseeId}`,
    () =>
      query(
        depositsOf(database, franchiseeId),
        where("status", "in", ["pending", "in_transit"]),
        orderBy("arrivesAt"),
        limit(1),
      ),
    (document) => toDeposit(document.id, document.data()),
  );
  return result.state === "ready" ? (result.data[0] ?? null) : null;
}
