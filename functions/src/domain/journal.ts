import { platformFeesOf } from "./balance-statement.ts";
import { type BalanceTransaction, isOfPayout } from "./balance-transaction.ts";
import type { Deposit } from "./deposit.ts";
import { keptPartOf, type KeptPart } from "./kept.ts";

/**
 * The accounts of a journal. `stripeBalance` is a clearing account: it holds what a payout took of the Stripe balance
 * without listing it, until another payout does.
 */
export const JOURNAL_ACCOUNTS = [
  "bank",
  "sales",
  "refunds",
  "disputes",
  "disputeFees",
  "stripeFees",
  "platformFees",
  "feesReturned",
  "other",
  "stripeBalance",
] as const;

export type JournalAccount = (typeof JOURNAL_ACCOUNTS)[number];

/** The bookkeeping entry of one payout. The debits and credits of its lines add up to 0. */
export interface Journal {
  payoutId: string;
  /** The day on which it arrives at the bank, YYYY-MM-DD. */
  date: string;
  currency: string;
  /** In the order of JOURNAL_ACCOUNTS, without zeros. In minor units: positive is a debit, negative a credit. */
  lines: { account: JournalAccount; amount: number }[];
}

type Movement = Pick<
  BalanceTransaction,
  | "type"
  | "reportingCategory"
  | "balanceType"
  | "currency"
  | "amount"
  | "fee"
  | "net"
  | "feeDetails"
  | "source"
  | "description"
>;

/** The money of a payout that came back goes to the clearing account, and from there into the one that lists it. */
const RETURNED: ReadonlySet<string> = new Set(["failed", "canceled"]);

/** `movements`: those that the payout lists, and its own, of which only the fee counts. */
export function journalOf(
  { id, arrivesAt, currency, amount, status }: Pick<Deposit, "id" | "arrivesAt" | "currency" | "amount" | "status">,
  movements: readonly Movement[],
): Journal {
  const debits = new Map<JournalAccount, number>();
  const debit = (account: JournalAccount, by: number): void => {
    debits.set(account, (debits.get(account) ?? 0) + by);
  };
  debit(RETURNED.has(status) ? "stripeBalance" : "bank", amount);
  debit("stripeBalance", -amount);
  for (const movement of movements) {
    const isOwn = isOfPayout(movement) && movement.source === id;
    debit("stripeBalance", isOwn ? movement.net - movement.amount : movement.net);
    if (!isOwn) debit(accountOf(movement), -movement.amount);
    const platformFee = platformFeesOf(movement);
    debit("platformFees", platformFee);
    const isDispute = movement.reportingCategory.startsWith("dispute");
    debit(isDispute ? "disputeFees" : "stripeFees", movement.amount - movement.net - platformFee);
  }
  const lines = JOURNAL_ACCOUNTS.map((account) => ({ account, amount: debits.get(account) ?? 0 }));
  return {
    payoutId: id,
    date: arrivesAt.toISOString().slice(0, 10),
    currency,
    lines: lines.filter((line) => line.amount !== 0),
  };
}

const ACCOUNTS: Readonly<Record<KeptPart, JournalAccount>> = {
  payment: "sales",
  refunds: "refunds",
  disputes: "disputes",
  disputeFees: "disputeFees",
  feesReturned: "feesReturned",
  other: "other",
};

function accountOf(movement: Movement): JournalAccount {
  return isOfPayout(movement) ? "stripeBalance" : ACCOUNTS[keptPartOf(movement)];
}
