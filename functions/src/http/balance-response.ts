import { z } from "zod";
import { BALANCE_TRANSACTION_STATUSES, type StoredBalanceTransaction } from "../domain/balance-transaction.ts";
import { type CategoryTotal, type Deposit, DEPOSIT_KINDS } from "../domain/deposit.ts";
import { paymentIntentIdSchema } from "../domain/payment.ts";
import { PAYOUT_STATUSES } from "../domain/payout.ts";

/** Balance transactions, payouts and their sums in responses. */

export const amount = z.int().describe("minor units");
const text = z.string().nullable();
const time = z.iso.datetime();
export const currency = z.string().describe("ISO 4217, lower case");

export const categoryTotalSchema = z
  .strictObject({
    reportingCategory: z.string().describe("Stripe's (https://docs.stripe.com/reports/reporting-categories)"),
    count: z.int(),
    amount,
    fee: amount.describe("minor units, deducted from amount"),
    net: amount.describe("minor units: amount - fee"),
  } satisfies Record<keyof CategoryTotal, z.ZodType>)
  .meta({ id: "CategoryTotal" });

export const balanceTransactionSchema = z
  .strictObject({
    id: z.string().describe("txn_…"),
    type: z.string().describe("Stripe's type, such as charge or payment_refund"),
    reportingCategory: z.string(),
    balanceType: z.string().describe("which balance it changes: payments is the one that is paid out"),
    currency,
    amount,
    fee: amount,
    net: amount.describe("minor units: amount - fee, the change of the balance"),
    feeDetails: z.array(z.strictObject({ type: z.string(), amount })).describe("what the fee consists of"),
    exchangeRate: z.number().nullable().describe("from the currency of its source, if Stripe converted it"),
    createdAt: time,
    availableAt: time.describe("from then on its net can be paid out"),
    status: z.enum(BALANCE_TRANSACTION_STATUSES),
    source: text.describe("the Stripe object that caused it"),
    description: text.describe("Stripe's text"),
    stripePaymentId: paymentIntentIdSchema
      .nullable()
      .describe("the payment that it belongs to; null if it belongs to the account, or if Stripe does not tell"),
    payoutId: text.describe("the newest payout that lists it"),
  } satisfies Record<keyof StoredBalanceTransaction, z.ZodType>)
  .meta({ id: "BalanceTransaction" });

export const payoutSchema = z
  .strictObject({
    id: z.string().describe("po_…"),
    amount: amount.describe("minor units; negative if it debits the bank account"),
    currency,
    kind: z.enum(DEPOSIT_KINDS).describe("by Stripe's schedule, by hand, or by hand within minutes"),
    status: z.enum(PAYOUT_STATUSES),
    createdAt: time,
    arrivesAt: time.describe("at the bank, as estimated by Stripe"),
    bank: z
      .strictObject({ name: text, last4: z.string().max(4).nullable() })
      .nullable()
      .describe("where it went, as far as Stripe tells; never more than the last four digits"),
    failure: z.strictObject({ code: text, message: text }).nullable().describe("why the bank rejected it"),
    statementDescriptor: text,
    reconciliationStatus: z
      .string()
      .describe("completed once Stripe lists its content; not_applicable for manual and instant payouts"),
    originalPayoutId: text.describe("the payout that it reverses"),
    reversedByPayoutId: text,
    composition: z
      .array(categoryTotalSchema)
      .nullable()
      .describe("its content by category, the greatest net first; null unless Stripe lists it"),
    explained: z
      .strictObject({ net: amount, difference: amount })
      .nullable()
      .describe("the net of its content, and what that exceeds its amount by; null unless Stripe lists its content"),
    asOf: time.describe("when it was read from Stripe"),
  } satisfies Record<keyof Deposit, z.ZodType>)
  .meta({ id: "Payout" });
