import { z } from "zod";
import { compareTexts } from "./canonical-json.ts";

/** The id of a Stripe payout. */
export const payoutIdSchema = z.string().regex(/^po_[A-Za-z0-9_]{1,250}$/, {
  error: "expected a Stripe payout id: po_ and letters, digits or underscores",
});

/**
 * The payout to the franchisee's bank that contains a payment. A charge does not name its payout; an automatic payout
 * lists its charges.
 */
export interface Payout {
  id: string;
  status: (typeof PAYOUT_STATUSES)[number];
  createdAt: Date;
  /** When it arrives at the bank, as estimated by Stripe. */
  arrivesAt: Date;
}

/** Stripe's statuses, in the order of a payout's life: a paid one can still fail. */
export const PAYOUT_STATUSES = ["pending", "in_transit", "paid", "canceled", "failed"] as const;

/**
 * Positive if `a` replaces `b`, zero if they are the same. Of one payout, the later status counts; of two, as after a
 * failed one or for transfers that arrived on different days, the newer payout.
 */
export function comparePayouts(a: Payout, b: Payout): number {
  if (a.id === b.id) return PAYOUT_STATUSES.indexOf(a.status) - PAYOUT_STATUSES.indexOf(b.status);
  return a.createdAt.getTime() - b.createdAt.getTime() || compareTexts(a.id, b.id);
}
