import { z } from "zod";
import { mapDetails } from "../domain/payment-details.ts";
import { PAYOUT_STATUSES } from "../domain/payout.ts";
import { CHARGE_MODES, UNKNOWN_APPLICATION } from "../domain/stripe-snapshot.ts";
import { PAYMENT_STATUSES } from "../domain/payment.ts";
import { storedDateSchema as date } from "./firestore.ts";

export const storedText = z.string().nullable();

/** Documents of earlier versions lack some fields. */
export function storedDetails(count: z.ZodNumber) {
  return mapDetails(
    () => storedText.default(null),
    () => count.nullable().default(null),
  );
}

const amount = z.int();
const money = z.object({ currency: z.string(), amount });

/** A Stripe snapshot as it is stored in a transaction. */
export const stripeSchema = z.object({
  chargeId: z.string().nullable(),
  mode: z.enum(CHARGE_MODES),
  livemode: z.boolean(),
  status: z.enum(PAYMENT_STATUSES),
  createdAt: date,
  charged: money,
  // Documents of earlier versions lack these.
  application: z.string().nullable().default(UNKNOWN_APPLICATION),
  platformPaidFee: money.nullable().default(null),
  otherAdjustments: z.array(money).default([]),
  adjustmentParts: z
    .array(
      z.object({
        currency: z.string(),
        refunds: amount,
        disputes: amount,
        disputeFees: amount,
        feesReturned: amount,
        other: amount,
      }),
    )
    .default([]),
  settled: z
    .object({
      currency: z.string(),
      amount,
      net: amount,
      fees: z.array(z.object({ type: z.string(), amount })),
    })
    .nullable(),
  received: z.object({ currency: z.string(), net: amount }).nullable(),
  amounts: z
    .object({
      amount_total: amount,
      amount_stripe_fee: amount,
      amount_platform_fee: amount,
      amount_franchisee_net: amount,
    })
    .nullable(),
  feesStatus: z.enum(["pending", "hidden", "final"]),
  amountRefunded: amount,
  refunds: z.array(
    z.object({
      id: z.string(),
      amount,
      status: z.string().nullable(),
      reason: z.string().nullable(),
      createdAt: date,
    }),
  ),
  transferReversed: amount,
  applicationFeeRefunded: amount,
  disputes: z.array(
    z.object({
      id: z.string(),
      amount,
      currency: z.string(),
      status: z.string(),
      reason: z.string(),
      isCountered: z.boolean().default(false),
      respondBy: date.nullable().default(null),
      createdAt: date,
    }),
  ),
  disputeStatus: z.string().nullable(),
  netAdjustment: money.nullable(),
  payout: z.object({ id: z.string(), status: z.enum(PAYOUT_STATUSES), createdAt: date, arrivesAt: date }).nullable(),
  details: z.object(storedDetails(z.int())),
  asOf: date,
});
