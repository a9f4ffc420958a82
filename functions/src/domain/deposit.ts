import type { Payout } from "./payout.ts";

/** How a payout came about: by Stripe's schedule, by hand, or by hand within minutes. */
export const DEPOSIT_KINDS = ["automatic", "manual", "instant"] as const;

/** The movements of one reporting category in a payout. Amounts in minor units of the payout's currency. */
export interface CategoryTotal {
  reportingCategory: string;
  count: number;
  amount: number;
  fee: number;
  net: number;
}

/** A payout to a franchisee's bank, as the portal keeps it. Amounts in minor units of `currency`. */
export interface Deposit extends Payout {
  /** Negative if it debits the bank account. */
  amount: number;
  currency: string;
  kind: (typeof DEPOSIT_KINDS)[number];
  /** Where it went, as far as Stripe tells: the bank's name, and the last four digits of the account. */
  bank: { name: string | null; last4: string | null } | null;
  /** Why the bank rejected it. */
  failure: { code: string | null; message: string | null } | null;
  statementDescriptor: string | null;
  /** `completed` once Stripe lists its content; `not_applicable` for manual and instant payouts. */
  reconciliationStatus: string;
  /** The payout that this one reverses, and the one that reverses it. */
  originalPayoutId: string | null;
  reversedByPayoutId: string | null;
  /**
   * Its content by category, without its own movement, the greatest net first; null unless Stripe lists it: of a manual
   * or instant payout it never does.
   */
  composition: CategoryTotal[] | null;
  /** The net of its content, and what that exceeds the amount by; null without a composition. */
  explained: { net: number; difference: number } | null;
}
