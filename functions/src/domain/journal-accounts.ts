import { z } from "zod";
import { JOURNAL_ACCOUNTS, type JournalAccount } from "./journal.ts";

/** What the accounts of a journal are called in a bookkeeping program. */

/** In words; also the default names. */
export const ACCOUNT_TITLES: Readonly<Record<JournalAccount, string>> = {
  bank: "Bank",
  sales: "Workshop sales",
  refunds: "Refunds",
  disputes: "Disputes",
  disputeFees: "Dispute fees",
  stripeFees: "Stripe fees",
  platformFees: "Franchise fees",
  feesReturned: "Fees returned",
  other: "Other Stripe movements",
  stripeBalance: "Stripe balance",
};

/** The values of `name=value;name=value`; `none` has none. Null for any other text. */
function valuesIn(text: unknown): Record<string, string> | null {
  if (typeof text !== "string") return null;
  const pairs = text === "none" ? [] : text.split(";").filter((pair) => pair.trim() !== "");
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const [name = "", value = "", ...rest] = pair.split("=").map((part) => part.trim());
    if (name === "" || value === "" || rest.length > 0 || values.has(name)) return null;
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

const text = z.string().max(100);

/** Accounts by name; a missing one has its default. */
export const quickBooksAccountsSchema = z.preprocess(
  valuesIn,
  z.partialRecord(z.enum(JOURNAL_ACCOUNTS), text).transform((given) => ({ ...ACCOUNT_TITLES, ...given })),
);

export type QuickBooksAccounts = Readonly<Record<JournalAccount, string>>;

/** With the name of the tax rate of each line in Xero. */
const xeroSchema = z.record(z.enum([...JOURNAL_ACCOUNTS, "taxRate"]), text);

/** Accounts by code, all of them; null for none. */
export const xeroAccountsSchema = z.preprocess(
  valuesIn,
  z.union([z.strictObject({}).transform(() => null), xeroSchema]),
);

export type XeroAccounts = z.infer<typeof xeroSchema>;
