/** A transaction that differs from Stripe is an exception until an operator resolves it. */
import { z } from "zod";
import { canonicalJson } from "./canonical-json.ts";
import { AMOUNT_FIELDS, type Amounts } from "./money.ts";
import { holdsAnyAddress } from "./personal-text.ts";
import { comparisonSchema } from "./reconciliation.ts";

/**
 * - `open`: an operator must decide
 * - `resolved`: an operator accepted it, with a reason (`resolution`)
 */
export const EXCEPTION_STATES = ["open", "resolved"] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

/** How a transaction differs from Stripe, and its amounts, in minor units. */
export const discrepancySchema = z.object({
  ...comparisonSchema.shape,
  amounts: z.record(z.enum(AMOUNT_FIELDS), z.number()),
  currency: z.string(),
});

export type Discrepancy = z.infer<typeof discrepancySchema>;

type Discrepant = Amounts & { currency: string; reconciliation: z.infer<typeof comparisonSchema> };

export function discrepancyOf({ reconciliation, currency, ...transaction }: Discrepant): Discrepancy {
  const { status, differences } = reconciliation;
  const { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net } = transaction;
  const amounts = { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net };
  return { status, differences, amounts, currency };
}

/** An accepted discrepancy. Any other discrepancy reopens the exception. */
export interface Resolution extends Discrepancy {
  reason: string;
  /** As shown to franchisees: a name, or `head office`. */
  by: string;
  at: Date;
}

export const HEAD_OFFICE = "head office";

/** The name to show to franchisees. Revisions, which head office alone reads, keep the original. */
export function publicName(by: string): string {
  return holdsAnyAddress(by) ? HEAD_OFFICE : by;
}

/** Null for no exception. */
export function exceptionOf(transaction: Discrepant, resolution: Resolution | null): ExceptionState | null {
  const { status } = transaction.reconciliation;
  if (status === "matched" || status === "expected" || status === "unrelated") return null;
  return resolution && isSameDiscrepancy(discrepancyOf(transaction), resolution) ? "resolved" : "open";
}

export function isSameDiscrepancy(a: Discrepancy, b: Discrepancy): boolean {
  const content = ({ status, differences, amounts, currency }: Discrepancy) =>
    canonicalJson({ status, differences, amounts, currency });
  return content(a) === content(b);
}
