import { database } from "./database.ts";
import type { FakeBooks } from "../../testing/fake-stripe/books.ts";
import { type StoredAccount, wrongBalances } from "./oracle-balances.ts";

/** Fails unless everything that is stored of a franchisee's balance is what Stripe's books state. */
export async function expectBalance(books: FakeBooks, account: string): Promise<void> {
  expect([account, await wrongBalanceOf(books, account)]).toEqual([account, []]);
}

/** Returns one line for each difference. */
export async function wrongBalanceOf(books: FakeBooks, account: string): Promise<string[]> {
  return wrongBalances(await storedBalance(account), books, account, "America/Vancouver");
}

export async function storedBalance(account: string): Promise<StoredAccount> {
  const own = database().doc(`franchisees/${account}`);
  const documentsIn = async (collection: string): Promise<Map<string, unknown>> => {
    const { docs } = await own.collection(collection).get();
    return new Map(docs.map((document) => [document.id, document.data()]));
  };
  const [franchisee, balanceTransactions, payouts, transactions] = await Promise.all([
    own.get(),
    documentsIn("balanceTransactions"),
    documentsIn("payouts"),
    documentsIn("transactions"),
  ]);
  return { franchisee: franchisee.data(), balanceTransactions, payouts, transactions };
}
