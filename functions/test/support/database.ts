import type { Firestore } from "firebase-admin/firestore";
import { firestore } from "../../src/store/firestore.ts";

// Log lines are for the operator; a test that is about them turns them on.
process.env["LOG_LEVEL"] = "ERROR";

/** The emulator's database, through the same connection as the store's unless it is said otherwise. */
export let database = firestore();

/** Looks at it through another connection from now on, where the store's is let down. */
export function lookThrough(other: Firestore): void {
  database = other;
}

export function transactionsOf(franchiseeId: string) {
  return database.collection(`franchisees/${franchiseeId}/transactions`);
}

export async function revisionsOf(franchiseeId: string, paymentId: string) {
  const { docs } = await transactionsOf(franchiseeId).doc(paymentId).collection("revisions").orderBy("revision").get();
  return docs.map((document) => document.data());
}
