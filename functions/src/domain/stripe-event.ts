/** What Stripe says has happened, by webhook. Its payload is a hint only: the facts are fetched. */
import { z } from "zod";

/** The types that say something about a franchisee's payment (docs/webhooks.md); of any other nothing is kept but the count. */
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

/** What an event is about, as far as its payload names it; what it leaves open is asked. No more than ids is kept of it. */
export const eventSubjectSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("payment"), stripePaymentId: id }),
  z.object({ kind: z.literal("charge"), chargeId: id }),
  /** Of a charge on another account than the event's own: what the platform earned on a direct charge. */
  z.object({ kind: z.literal("charge_elsewhere"), chargeId: id, account: id }),
  /** A transfer that was made from no charge, and the group by which it belongs to one. */
  z.object({ kind: z.literal("transfer_group"), transferGroup: id }),
  z.object({ kind: z.literal("payout"), payoutId: id }),
  z.object({ kind: z.literal("nothing"), reason: z.string() }),
]);
export type EventSubject = z.infer<typeof eventSubjectSchema>;

export interface StripeEvent {
  id: string;
  /** One of EVENT_TYPES; of an event that came long ago, one of those of that time. */
  type: string;
  /** The connected account on which it happened; null for the platform's own. */
  account: string | null;
  livemode: boolean;
  /** To the second. */
  createdAt: Date;
  subject: EventSubject;
}
