import { recordDefaults } from "../../src/config.ts";
import { readAt, thisMoment } from "../../src/store/moment.ts";
import { database, transactionsOf } from "./database.ts";
import { type Stored, wrongTotals } from "./oracle-totals.ts";

/** Everything of a franchisee at one moment, whatever is written meanwhile. */
export async function storedOf(franchiseeId: string): Promise<Stored> {
  const at = await thisMoment();
  const own = database.doc(`franchisees/${franchiseeId}`);
  const [franchisee, months, transactions] = await Promise.all([
    readAt(at, (transaction) => transaction.get(own)),
    readAt(at, (transaction) => transaction.get(own.collection("revenue"))),
    readAt(at, (transaction) => transaction.get(transactionsOf(franchiseeId))),
  ]);
  return {
    franchisee: franchisee.data(),
    months: new Map(months.docs.map((month) => [month.id, month.data()])),
    transactions: transactions.docs.map((transaction) => transaction.data()),
  };
}

/** Fails unless every total of this franchisee is what its transactions come to. */
export async function expectTotals(franchiseeId: string): Promise<Stored> {
  const stored = await storedOf(franchiseeId);
  expect([franchiseeId, wrongTotals(stored, recordDefaults())]).toEqual([franchiseeId, []]);
  return stored;
}
