import { z } from "zod";

/** The id of a Stripe connected account, which is the id of a franchisee. */
export const franchiseeIdSchema = z.string().regex(/^acct_[A-Za-z0-9_]{1,250}$/, {
  error: "expected a Stripe account id: acct_ and letters, digits or underscores",
});

/** The id of a Stripe PaymentIntent, which is the id of a transaction. */
export const paymentIntentIdSchema = z.string().regex(/^pi_[A-Za-z0-9_]{1,250}$/, {
  error: "expected a Stripe PaymentIntent id: pi_ and letters, digits or underscores",
});

/** The statuses of a Stripe PaymentIntent (https://docs.stripe.com/payments/paymentintents/lifecycle). */
export const PAYMENT_STATUSES = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
  "processing",
  "requires_capture",
  "canceled",
  "succeeded",
] as const;

export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** A payment never returns to a less final status; of equally final ones, the later counts. */
export function finality(status: string | null): number {
  if (status === "succeeded") return 2;
  return status === "canceled" ? 1 : 0;
}
