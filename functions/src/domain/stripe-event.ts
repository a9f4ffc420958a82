import { createHash } from "node:crypto";
import { z } from "zod";

/** The event types that are processed (docs/webhooks.md); others are only counted. */
export const EVENT_TYPES = [
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "payment_intent.processing",
  "payment_intent.requires_action",
  "charge.succeeded",
  "charge.updated",
  "charge.captured",
  "charge.failed",
  "charge.refunded",
  "charge.expired",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
  "charge.dispute.funds_withdrawn",
  "charge.dispute.funds_reinstated",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "transfer.created",
  "transfer.updated",
  "transfer.reversed",
  "application_fee.created",
  "application_fee.refunded",
  "payout.created",
  "payout.updated",
  "payout.paid",
  "payout.failed",
  "payout.canceled",
  "payout.reconciliation_completed",
] as const;

const id = z.string().min(1);

/** The subject of an event, by ids from its payload; the payment itself is fetched from Stripe. */
export const eventSubjectSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("payment"), stripePaymentId: id }),
  z.object({ kind: z.literal("charge"), chargeId: id }),
  /** A charge on another account than the event's: an application fee belongs to a direct charge. */
  z.object({ kind: z.literal("charge_elsewhere"), chargeId: id, account: id }),
  /** A transfer without a source charge. */
  z.object({ kind: z.literal("transfer_group"), transferGroup: id }),
  z.object({ kind: z.literal("payout"), payoutId: id }),
  z.object({ kind: z.literal("nothing"), reason: z.string() }),
]);
export type EventSubject = z.infer<typeof eventSubjectSchema>;

export interface StripeEvent {
  id: string;
  /** One of EVENT_TYPES, or a former one. */
  type: string;
  /** The connected account on which it happened; null for the platform. */
  account: string | null;
  livemode: boolean;
  /** In whole seconds. */
  createdAt: Date;
  subject: EventSubject;
}

/** The same text for all events of one subject. Its length does not depend on Stripe's ids. */
export function subjectKeyOf({ account, livemode, subject }: StripeEvent): string {
  const fields = Object.entries(subject).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([livemode, account, fields]))
    .digest("base64url");
}
