import { z } from "zod";
import {
  BALANCE_TRANSACTION_STATUSES,
  PAYMENTS,
  type StoredBalanceTransaction,
} from "../domain/balance-transaction.ts";
import { type Deposit, DEPOSIT_KINDS } from "../domain/deposit.ts";
import { PAYOUT_STATUSES } from "../domain/payout.ts";
import { storedDateSchema as date } from "./firestore.ts";

/** The documents of balance transactions, payouts and balances. */

const amount = z.int();
const text = z.string().nullable();

export const balanceTransactionSchema: z.ZodType<StoredBalanceTransaction> = z.object({
  id: z.string(),
  type: z.string(),
  reportingCategory: z.string(),
  balanceType: z.string().default(PAYMENTS),
  currency: z.string(),
  amount,
  fee: amount,
  net: amount,
  feeDetails: z.array(z.object({ type: z.string(), amount })),
  exchangeRate: z.number().nullable(),
  createdAt: date,
  availableAt: date,
  status: z.enum(BALANCE_TRANSACTION_STATUSES),
  source: text,
  description: text,
  stripePaymentId: text,
  // A merge that creates the document leaves it out.
  payoutId: text.default(null),
});

const categoryTotalSchema = z.object({
  reportingCategory: z.string(),
  count: z.int(),
  amount,
  fee: amount,
  net: amount,
});

export const depositSchema: z.ZodType<Deposit> = z.object({
  id: z.string(),
  status: z.enum(PAYOUT_STATUSES),
  createdAt: date,
  arrivesAt: date,
  amount,
  currency: z.string(),
  kind: z.enum(DEPOSIT_KINDS),
  bank: z.object({ name: text, last4: z.string().max(4).nullable() }).nullable(),
  failure: z.object({ code: text, message: text }).nullable(),
  statementDescriptor: text,
  reconciliationStatus: z.string(),
  originalPayoutId: text,
  reversedByPayoutId: text,
  composition: z.array(categoryTotalSchema).nullable(),
  explained: z.object({ net: amount, difference: amount }).nullable(),
  asOf: date,
});

/** The comparison of one currency's movements with Stripe's balance, in minor units. */
const checkedCurrencySchema = z.object({ available: amount, pending: amount, recorded: amount, difference: amount });

/** `franchisees/{acct}.balance`: what Stripe's balance was, and what the recorded movements add up to. */
export const balanceSchema = z.object({
  checkedAt: date,
  currencies: z.record(z.string(), checkedCurrencySchema),
  /** Whether every difference is 0. */
  isExplained: z.boolean(),
  /** Since when it is not. */
  unexplainedSince: date.nullable(),
});

export type CheckedBalance = z.infer<typeof balanceSchema>;
