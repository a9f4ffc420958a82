import { z } from "zod";
import { AMOUNT_FIELDS } from "../domain/money.ts";
import { mapDetails } from "../domain/payment-details.ts";
import { PAYMENT_STATUSES, paymentIntentIdSchema } from "../domain/payment.ts";
import { PAYOUT_STATUSES } from "../domain/payout.ts";
import { EXCEPTION_STATES } from "../domain/reconciliation-exception.ts";
import { DIFFERENCE_FIELDS, RECONCILIATION_STATUSES } from "../domain/reconciliation.ts";
import { CHARGE_MODES, type StripeSnapshot } from "../domain/stripe-snapshot.ts";
import type { Transaction } from "../domain/transaction.ts";

/** Omits the ledger's own fields. */
export function serializeTransaction({
  golden: _golden,
  absentAsOf: _absentAsOf,
  onBalance: _onBalance,
  redactions: _redactions,
  ...transaction
}: Transaction) {
  return transaction;
}

const amount = z.int().describe("minor units");
const text = z.string().nullable();
const time = z.iso.datetime();

const amounts = {
  amount_total: amount,
  amount_stripe_fee: amount,
  amount_platform_fee: amount,
  amount_franchisee_net: amount,
};

const details = mapDetails(
  () => text,
  () => z.int().nullable(),
);

const currency = z.string().describe("ISO 4217, lower case");

const money = z.strictObject({ currency, amount });

const compared = z.union([amount, z.string(), z.boolean()]);

const stripeSchema = z.strictObject({
  chargeId: text,
  mode: z.enum(CHARGE_MODES),
  livemode: z.boolean(),
  status: z.enum(PAYMENT_STATUSES),
  createdAt: time.describe("of the PaymentIntent"),
  charged: money,
  application: text.describe(
    "the Connect application that made the charge; null for the account's own and the platform's own charges; unknown in older snapshots",
  ),
  settled: z
    .strictObject({ currency, amount, net: amount, fees: z.array(z.strictObject({ type: z.string(), amount })) })
    .nullable()
    .describe("what was captured, by its balance transactions; fee types are Stripe's"),
  platformPaidFee: money
    .nullable()
    .describe("Stripe's fee for a direct charge, if the platform pays it and Stripe states it"),
  received: z.strictObject({ currency, net: amount }).nullable().describe("what a transfer brought the franchisee"),
  amounts: z
    .strictObject(amounts)
    .nullable()
    .describe("null until they are final, and if they are in several currencies"),
  feesStatus: z.enum(["pending", "hidden", "final"]),
  amountRefunded: amount,
  refunds: z
    .array(z.strictObject({ id: z.string(), amount, status: text, reason: text, createdAt: time }))
    .describe("every refund, failed ones included, oldest first"),
  transferReversed: amount,
  applicationFeeRefunded: amount,
  disputes: z
    .array(
      z.strictObject({
        id: z.string(),
        amount,
        currency,
        status: z.string(),
        reason: z.string(),
        isCountered: z.boolean().describe("whether evidence was submitted against it"),
        respondBy: time
          .nullable()
          .describe(
            "until when evidence can be submitted; null if the bank takes none, and if it was read before this field existed",
          ),
        createdAt: time,
      }),
    )
    .describe("every dispute, oldest first"),
  disputeStatus: text.describe("of the newest dispute"),
  netAdjustment: money
    .nullable()
    .describe(
      "what refunds, reversals and disputes changed on the franchisee's balance; null before the payment settled, and if Stripe hides what arrived",
    ),
  otherAdjustments: z.array(money).describe("what they changed in other currencies, if Stripe states it only in those"),
  adjustmentParts: z
    .array(
      z.strictObject({
        currency,
        refunds: amount.describe("and reversed transfers: negative if they reduced the balance"),
        disputes: amount,
        disputeFees: amount,
        feesReturned: amount,
        other: amount,
      }),
    )
    .describe(
      "what these adjustments consist of: one entry for each currency whose parts are not all 0, which add up to the adjustment in it; empty if it was read before this field existed",
    ),
  payout: z
    .strictObject({ id: z.string(), status: z.enum(PAYOUT_STATUSES), createdAt: time, arrivesAt: time })
    .nullable()
    .describe("the payout to the franchisee's bank; null until Stripe states it"),
  details: z.strictObject(details),
  asOf: time.describe("just before Stripe was read"),
} satisfies Record<keyof StripeSnapshot, z.ZodType>);

const comparison = {
  status: z.enum(RECONCILIATION_STATUSES),
  differences: z.array(
    z.strictObject({
      field: z.enum(DIFFERENCE_FIELDS),
      recorded: compared,
      stripe: compared,
    }),
  ),
};

export const transactionSchema = z
  .strictObject({
    stripePaymentId: paymentIntentIdSchema,
    ...amounts,
    currency,
    livemode: z.boolean(),
    ...details,
    status: text,
    source: z.enum(["orchestrator", "stripe"]),
    createdAt: time,
    day: z.iso.date().describe("the day that it is booked on; never changes"),
    updatedAt: time,
    revision: z.int().nonnegative().describe("number of changes since the first record"),
    goldenSentAt: time.nullable().describe("when the golden record in force was signed"),
    stripe: stripeSchema.nullable().describe("the Stripe snapshot; null until Stripe has been read"),
    reconciliation: z.strictObject({
      ...comparison,
      notCompared: z
        .array(z.enum(AMOUNT_FIELDS))
        .describe(
          "Stripe states it in another currency than the record's, does not show it, or states only the sum of both fees",
        ),
      checkedAt: time.nullable(),
    }),
    exception: z
      .enum(EXCEPTION_STATES)
      .nullable()
      .describe("open until head office resolves it; null if nothing is wrong, or it is too early to tell"),
    exceptionOpenedAt: time.nullable().describe("when the exception opened, or opened again; null unless it is open"),
    resolution: z
      .strictObject({
        ...comparison,
        amounts: z.strictObject(amounts),
        currency,
        reason: z.string(),
        by: z.string().describe('a name, or "head office"; the revisions name the person, for head office alone'),
        at: time,
      })
      .nullable()
      .describe("the discrepancy that was resolved, and why; any other one is open again"),
    erasedAt: time
      .nullable()
      .describe("when the customer's personal data was erased: name, email and phone stay null; null if it never was"),
  } satisfies Record<keyof ReturnType<typeof serializeTransaction>, z.ZodType>)
  .meta({ id: "Transaction" });
