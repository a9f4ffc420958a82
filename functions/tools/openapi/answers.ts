import { z } from "zod";
import { AMOUNT_FIELDS } from "../../src/domain/money.ts";
import { EXCEPTION_STATES } from "../../src/domain/reconciliation-exception.ts";
import { RECONCILIATION_STATUSES } from "../../src/domain/reconciliation.ts";
import { mapDetails } from "../../src/domain/payment-details.ts";
import { PAYOUT_STATUSES } from "../../src/domain/payout.ts";
import { CHARGE_MODES } from "../../src/domain/stripe-snapshot.ts";
import { franchiseeIdSchema, PAYMENT_STATUSES, paymentIntentIdSchema } from "../../src/domain/payment.ts";
import { HTTP_STATUS } from "../../src/errors.ts";

/** What the API answers, field by field and no other. The tests hold real answers against it. */

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
    "the Connect application that made the charge; null where the account made it itself, or it is the platform's own; unknown if read before this was kept",
  ),
  settled: z
    .strictObject({ currency, amount, net: amount, fees: z.array(z.strictObject({ type: z.string(), amount })) })
    .nullable()
    .describe("what was captured, by its balance transactions; the types of fees are Stripe's"),
  platformPaidFee: money
    .nullable()
    .describe("Stripe's fee for a direct charge, where the platform pays it and Stripe states it"),
  received: z.strictObject({ currency, net: amount }).nullable().describe("what a transfer brought the franchisee"),
  amounts: z
    .strictObject(amounts)
    .nullable()
    .describe("null until they are final, and where they are in more currencies than one"),
  feesStatus: z.enum(["pending", "hidden", "final"]),
  amountRefunded: amount,
  refunds: z
    .array(z.strictObject({ id: z.string(), amount, status: text, reason: text, createdAt: time }))
    .describe("every refund, oldest first, those that failed included"),
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
        createdAt: time,
      }),
    )
    .describe("every dispute, oldest first"),
  disputeStatus: text.describe("of the newest dispute"),
  netAdjustment: money
    .nullable()
    .describe(
      "what refunds, reversals and disputes changed on the franchisee's balance; null before the payment settled, and where Stripe hides what arrived",
    ),
  otherAdjustments: z
    .array(money)
    .describe("what they changed in other currencies, where Stripe states it in those alone"),
  payout: z
    .strictObject({ id: z.string(), status: z.enum(PAYOUT_STATUSES), createdAt: time, arrivesAt: time })
    .nullable()
    .describe("what paid it out to the franchisee's bank; null until Stripe has told"),
  details: z.strictObject(details),
  asOf: time.describe("just before Stripe was asked"),
});

const disagreement = {
  status: z.enum(RECONCILIATION_STATUSES),
  differences: z.array(
    z.strictObject({
      field: z.enum([...AMOUNT_FIELDS, "unallocated", "currency", "livemode", "status"]),
      recorded: compared,
      stripe: compared,
    }),
  ),
};

const transactionSchema = z.strictObject({
  stripePaymentId: paymentIntentIdSchema,
  ...amounts,
  currency,
  livemode: z.boolean(),
  ...details,
  status: text,
  source: z.enum(["orchestrator", "stripe"]),
  createdAt: time,
  day: z.iso.date().describe("the day that it is booked on; set once"),
  updatedAt: time,
  revision: z.int().nonnegative().describe("number of changes since the first record"),
  goldenSentAt: time.nullable().describe("when the golden record in force was signed"),
  stripe: stripeSchema.nullable().describe("Stripe's facts; null until Stripe has told them"),
  reconciliation: z.strictObject({
    ...disagreement,
    notCompared: z
      .array(z.enum(AMOUNT_FIELDS))
      .describe(
        "Stripe states it in another currency than the record's, does not show it, or states the sum of both fees alone",
      ),
    checkedAt: time.nullable(),
  }),
  exception: z
    .enum(EXCEPTION_STATES)
    .nullable()
    .describe("whether somebody has to look at it; null where nothing is wrong, or it is too early to say"),
  resolution: z
    .strictObject({
      ...disagreement,
      amounts: z.strictObject(amounts),
      currency,
      reason: z.string(),
      by: z.string().describe('a name, or "head office"; who it was is in the revisions, which only head office reads'),
      at: time,
    })
    .nullable()
    .describe("what an operator has let stand, and why; whatever differs otherwise is open again"),
  erasedAt: time
    .nullable()
    .describe(
      "when the customer's personal data were erased: name, email and phone stay null; null if they never were",
    ),
});

export const recordAnswerSchema = z.strictObject({
  success: z.literal(true),
  message: z.string(),
  transactionId: paymentIntentIdSchema,
  franchiseeId: franchiseeIdSchema,
  outcome: z.enum(["created", "updated", "duplicate", "stale"]),
  warnings: z.array(z.string()).optional(),
});

export const listAnswerSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  transactions: z.array(transactionSchema),
  count: z.int().nonnegative(),
  nextCursor: z.string().nullable().describe("leads to the next page; null on the last one"),
  warnings: z.array(z.string()).optional().describe("documents of this page that cannot be read, and why"),
});

export const resolutionAnswerSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  transactionId: paymentIntentIdSchema,
  outcome: z.enum(["updated", "duplicate"]),
});

export const revisionsAnswerSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  transactionId: paymentIntentIdSchema,
  revisions: z.array(
    z.strictObject({
      revision: z.int().describe("it became this one by the change"),
      reason: z.string(),
      replacedAt: time.nullable(),
      before: transactionSchema
        .nullable()
        .describe("the transaction before the change; null where that cannot be read"),
    }),
  ),
});

const signedParts = {
  method: z.string(),
  path: z.string().describe("with its query, as it arrived"),
  bodyLength: z.int().nonnegative().describe("bytes"),
  bodySha256: z.string().regex(/^[0-9a-f]{64}$/),
};

export const verifyAnswerSchema = z.strictObject({
  success: z.literal(true),
  ...signedParts,
  keyIndex: z.int().nonnegative(),
  signedAt: time,
});

export const healthAnswerSchema = z.strictObject({ status: z.literal("healthy"), timestamp: time });

const codes = Object.keys(HTTP_STATUS);

export const errorAnswerSchema = z.strictObject({
  success: z.literal(false),
  error: z.strictObject({
    code: z
      .string()
      .refine((code) => codes.includes(code))
      .meta({ enum: codes }),
    message: z.string(),
    details: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  }),
});

export const verifyRefusalSchema = errorAnswerSchema.extend({
  received: z
    .strictObject({
      ...signedParts,
      timestamp: text.describe("the header webhook-timestamp, as it was sent"),
      messageId: text.describe("the header webhook-id"),
      signatures: z.int().nonnegative().describe("how many there are in the header webhook-signature"),
    })
    .describe("what the server saw, to compare with what was signed"),
});
