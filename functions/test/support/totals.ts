import type { DocumentSnapshot } from "firebase-admin/firestore";
import { recordDefaults } from "../../src/config.ts";
import { readAt, currentReadTime } from "../../src/store/snapshot-reads.ts";
import { database, transactionsOf } from "./database.ts";
import { type Stored, type StoredWorkshop, wrongTotals } from "./oracle-totals.ts";

/** All documents of a franchisee at one moment, despite concurrent writes. */
export async function storedOf(franchiseeId: string): Promise<Stored> {
  const at = await currentReadTime();
  const own = database().doc(`franchisees/${franchiseeId}`);
  const [franchisee, months, transactions] = await Promise.all([
    readAt(at, (transaction) => transaction.get(own)),
    readAt(at, (transaction) => transaction.get(own.collection("revenue"))),
    readAt(at, (transaction) => transaction.get(transactionsOf(franchiseeId))),
  ]);
  const workshops = await Promise.all(
    months.docs.map(({ ref }) => readAt(at, (transaction) => transaction.get(ref.collection("workshops")))),
  );
  return {
    franchisee: franchisee.data(),
    months: new Map(months.docs.map((month) => [month.id, month.data()])),
    workshops: workshops.flatMap(({ docs }) => docs.map(workshopOf)),
    transactions: transactions.docs.map((transaction) => transaction.data()),
  };
}

/** The document of a workshop, and its month. */
export function workshopOf(snapshot: DocumentSnapshot): StoredWorkshop {
  return { month: snapshot.ref.parent.parent?.id ?? "", fields: snapshot.data() };
}

/** Fails unless every total of this franchisee is the sum of its transactions. */
export async function expectTotals(franchiseeId: string): Promise<Stored> {
  const stored = await storedOf(franchiseeId);
  expect([franchiseeId, wrongTotals(stored, recordDefaults())]).toEqual([franchiseeId, []]);
  return stored;
}
