/**
 * The words of this domain, once:
 *
 * - A **transaction** is one payment as the portal shows it; its id is the id of the Stripe PaymentIntent.
 * - A **golden record** is what the orchestrator says about a payment.
 * - **Unsaid** is a field that a golden record leaves out or sends as null. The transaction shows a default in its place
 *   (0 for an amount, null for a text), and a better source may fill it; what was said is never overwritten by another.
 */
import { z } from "zod";
import { descriptionShape } from "./description.ts";
import { type Amounts, amountMinorSchema, currencySchema } from "./money.ts";
import type { ExceptionState } from "./reconciliation-exception.ts";
import type { Reconciliation, Registers } from "./reconciliation.ts";

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

/**
 * How final a status is. News never takes a payment back to a less final one; among those that can still change, in
 * either direction when a payment attempt fails, the later news counts.
 */
export function finality(status: string | null): number {
  if (status === "succeeded") return 2;
  return status === "canceled" ? 1 : 0;
}

/** Ill-formed Unicode is refused: Firestore would store something else than was sent. */
const text = z
  .string()
  .max(500)
  .refine((value) => value.isWellFormed(), { error: "expected well-formed Unicode" });

/** Amounts a sender may name are not negative, but for the platform's: it may pay more to Stripe than it keeps. */
const receivedAmount = amountMinorSchema.nonnegative();

/**
 * A golden record as the orchestrator posts it, in today's field names and in the legacy ones (`amount` for
 * `amount_total`). Fields beyond these are ignored, as they always were. Amounts are in minor units. What describes the payment refuses no
 * record (`description.ts`); its id, money and status do.
 */
export const goldenRecordSchema = z
  .object({
    stripePaymentId: paymentIntentIdSchema,
    amount_total: receivedAmount.nullable().default(null),
    amount: receivedAmount.nullable().default(null),
    amount_stripe_fee: receivedAmount.nullable().default(null),
    amount_platform_fee: amountMinorSchema.nullable().default(null),
    amount_franchisee_net: receivedAmount.nullable().default(null),
    currency: currencySchema.nullable().default(null),
    livemode: z.boolean().nullable().default(null),
    ...descriptionShape,
    status: z.enum(PAYMENT_STATUSES).nullable().default(null),
    correction: text.trim().min(1).nullable().default(null),
  })
  .refine((record) => (record.amount_total ?? record.amount ?? null) !== null, {
    path: ["amount_total"],
    error: "required (its legacy name amount is understood)",
    when: ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value),
  })
  .transform(({ amount, amount_total, ...rest }) => ({ ...rest, amount_total: amount_total ?? amount ?? z.NEVER }));

/** What the orchestrator said about a payment; null is what it left unsaid. Amounts in minor units. */
export type GoldenRecord = z.infer<typeof goldenRecordSchema>;

/** What a golden record that does not say is taken to mean, and what the deployment goes by. */
export interface RecordDefaults {
  currency: string;
  livemode: boolean;
  /** IANA: where the days are that payments are booked on. */
  timeZone: string;
  /** The platform's own Connect application (`ca_…`), by which its direct charges are known from others'; null where it is not configured. */
  applicationId: string | null;
}

/** Who paid, and for what. */
export interface PaymentDetails {
  name: string | null;
  email: string | null;
  phone: string | null;
  workshopId: string | null;
  workshopName: string | null;
  workshopDate: string | null;
  workshopTime: string | null;
  participantCount: number | null;
  organizationType: string | null;
}

/** A payment as the portal shows it. Amounts in minor units of `currency`; null stands for what nobody has said. */
export interface Transaction extends Amounts, PaymentDetails, Registers {
  stripePaymentId: string;
  currency: string;
  livemode: boolean;
  status: string | null;
  /** `orchestrator` once a golden record has arrived. */
  source: "orchestrator" | "stripe";
  /** Set once: when the payment was first recorded, or, if Stripe spoke first, when it was created there. The sort key. */
  createdAt: Date;
  /** The day that it is booked on, `YYYY-MM-DD`: that of `createdAt`, where the deployment kept its books then. Set once. */
  day: string;
  updatedAt: Date;
  /** Number of changes since the first record. */
  revision: number;
  reconciliation: Reconciliation;
  /** Null where nothing is wrong, or it is too early to say. */
  exception: ExceptionState | null;
}

/** The amounts of a golden record, in minor units. A part that it left unsaid is the one given here, else, as ever, 0. */
export function amountsOf(record: GoldenRecord, unsaid: Partial<Amounts> = {}): Amounts {
  return {
    amount_total: record.amount_total,
    amount_stripe_fee: record.amount_stripe_fee ?? unsaid.amount_stripe_fee ?? 0,
    amount_platform_fee: record.amount_platform_fee ?? unsaid.amount_platform_fee ?? 0,
    amount_franchisee_net: record.amount_franchisee_net ?? unsaid.amount_franchisee_net ?? 0,
  };
}
