import { compareTexts } from "./canonical-json.ts";

/**
 * The payout that brought a payment's money to the franchisee's bank. A charge does not say its payout; the payout says its
 * charges, and only where Stripe made it automatically.
 */
export interface Payout {
  id: string;
  status: PayoutStatus;
  createdAt: Date;
  /** When the bank was, or is, to have it. */
  arrivesAt: Date;
}

/** As Stripe names them, in the order in which a payout goes through them: one that was paid can still fail. */
export const PAYOUT_STATUSES = ["pending", "in_transit", "paid", "canceled", "failed"] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

/**
 * Positive when `a` is to replace `b`, zero when they say the same. Of one payout the further one counts; of two, as after one
 * that failed, or of transfers that arrived on different days, the younger.
 */
export function comparePayouts(a: Payout, b: Payout): number {
  if (a.id === b.id) return PAYOUT_STATUSES.indexOf(a.status) - PAYOUT_STATUSES.indexOf(b.status);
  return a.createdAt.getTime() - b.createdAt.getTime() || compareTexts(a.id, b.id);
}
