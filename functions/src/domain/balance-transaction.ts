import type { Fee } from "./stripe-snapshot.ts";

/**
 * A movement on a franchisee's Stripe balance. Stripe never changes or deletes one, and the net of all of them is what
 * the balance holds (https://docs.stripe.com/api/balance_transactions). Amounts in minor units of `currency`.
 */
export interface BalanceTransaction {
  /** `txn_…` */
  id: string;
  /** Stripe's own, such as `charge`, `payment_refund` or `stripe_fee`. */
  type: string;
  /** Stripe's own, such as `charge`, `refund`, `dispute` or `payout`; the key of REPORTING_CATEGORIES. */
  reportingCategory: string;
  /** Which balance it changes; only PAYMENTS is what Stripe pays out. */
  balanceType: string;
  currency: string;
  amount: number;
  fee: number;
  /** `amount` − `fee`: the change of the balance. */
  net: number;
  feeDetails: Fee[];
  /** From the currency of its source, if Stripe converted it. */
  exchangeRate: number | null;
  createdAt: Date;
  /** From then on the net can be paid out. */
  availableAt: Date;
  status: BalanceTransactionStatus;
  /** The id of the Stripe object that caused it, such as `ch_…`, `re_…` or `po_…`. */
  source: string | null;
  /** Stripe's text; null for a charge, a refund or a transfer, whose text is the sender's and can name the customer. */
  description: string | null;
  /** The payment that it belongs to; null if it belongs to the account, or if Stripe does not tell. */
  stripePaymentId: string | null;
}

export const BALANCE_TRANSACTION_STATUSES = ["pending", "available"] as const;

export type BalanceTransactionStatus = (typeof BALANCE_TRANSACTION_STATUSES)[number];

/** The balance that `available` and `pending` comprise. Others hold reserves. */
export const PAYMENTS = "payments";

/** The reporting categories of payouts, and of those that came back. */
const PAYOUT_CATEGORIES: ReadonlySet<string> = new Set(["payout", "payout_reversal"]);

/** Whether it is the movement of a payout itself, or of one that came back. */
export function isOfPayout({ reportingCategory }: Pick<BalanceTransaction, "reportingCategory">): boolean {
  return PAYOUT_CATEGORIES.has(reportingCategory);
}

/** As stored: with the newest payout whose content Stripe lists it in. */
export interface StoredBalanceTransaction extends BalanceTransaction {
  payoutId: string | null;
}
