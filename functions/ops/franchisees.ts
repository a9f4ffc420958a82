import { Failure } from "../dev/failure.ts";
import { franchiseeIds } from "../src/store/franchisees.ts";
import { accountsOf } from "./frame.ts";
import { reasonOf } from "./stripe.ts";

/** The franchisees that these words name; all of them, where there are none. Throws a Failure for one that the ledger does not know. */
export async function franchiseesOf(words: readonly string[]): Promise<string[]> {
  const accounts = accountsOf(words);
  const known = await franchiseeIds().catch((error: unknown) => {
    throw new Failure(reasonOf(error));
  });
  const unknown = accounts.filter((account) => !known.includes(account));
  if (unknown.length > 0) throw new Failure(`The ledger does not know ${unknown.join(", ")}.`);
  return accounts.length > 0 ? [...new Set(accounts)] : known;
}
