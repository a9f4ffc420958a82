import { CliError } from "../tools/cli/cli-error.ts";
import { franchiseeIds } from "../src/store/franchisees.ts";
import { accountsOf } from "./command.ts";
import { reasonOf } from "./stripe.ts";

/** The franchisees that these words name; all of them, where there are none. Throws a CliError for one that the ledger does not know. */
export async function franchiseesOf(words: readonly string[]): Promise<string[]> {
  const accounts = accountsOf(words);
  const known = await franchiseeIds().catch((error: unknown) => {
    throw new CliError(reasonOf(error));
  });
  const unknown = accounts.filter((account) => !known.includes(account));
  if (unknown.length > 0) throw new CliError(`The ledger does not know ${unknown.join(", ")}.`);
  return accounts.length > 0 ? [...new Set(accounts)] : known;
}
