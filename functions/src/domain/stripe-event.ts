/** A Stripe event. Only its ids are used; the payment is fetched. */
import { z } from "zod";

/** The event types about a franchisee's payment (docs/webhooks.md); others are only counted. */
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
  "payout.paid",
  "payout.failed",
  "payout.reconciliation_completed",
] as const;

const id = z.string().min(1);

/** What an event is about, as ids from its payload; missing ids are requested from Stripe. */
export const eventSubjectSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("payment"), stripePaymentId: id }),
  z.object({ kind: z.literal("charge"), chargeId: id }),
  /** A charge on another account than the event's: what the platform earned on a direct charge. */
  z.object({ kind: z.literal("charge_elsewhere"), chargeId: id, account: id }),
  /** A transfer from no charge, and its group. */
  z.object({ kind: z.literal("transfer_group"), transferGroup: id }),
  z.object({ kind: z.literal("payout"), payoutId: id }),
  z.object({ kind: z.literal("nothing"), reason: z.string() }),
]);
export type EventSubject = z.infer<typeof eventSubjectSchema>;

export interface StripeEvent {
  id: string;
  /** One of EVENT_TYPES; for stored events, of that time. */
  type: string;
  /** The connected account on which it happened; null for the platform. */
  account: string | null;
  livemode: boolean;
  /** To the second. */
  createdAt: Date;
  subject: EventSubject;
}
