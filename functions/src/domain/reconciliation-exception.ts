/** A transaction that differs from Stripe is an exception: open until an operator resolves it. */
import { z } from "zod";
import { canonicalJson } from "./canonical-json.ts";
import { AMOUNT_FIELDS, type Amounts } from "./money.ts";
import { holdsAnyAddress } from "./personal-text.ts";
import { DIFFERENCE_FIELDS, RECONCILIATION_STATUSES } from "./reconciliation.ts";

/**
 * - `open`: somebody must look at it
 * - `resolved`: an operator accepted it; `resolution` has the reason
 */
export const EXCEPTION_STATES = ["open", "resolved"] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

const figure = z.union([z.number(), z.string(), z.boolean()]);

/** The comparison of a transaction with Stripe. */
export const comparisonSchema = z.object({
  status: z.enum(RECONCILIATION_STATUSES),
  differences: z.array(z.object({ field: z.enum(DIFFERENCE_FIELDS), recorded: figure, stripe: figure })),
});

/** How a transaction differs from Stripe, and its amounts, in minor units. */
export const discrepancySchema = z.object({
  ...comparisonSchema.shape,
  amounts: z.record(z.enum(AMOUNT_FIELDS), z.number()),
  currency: z.string(),
});

export type Discrepancy = z.infer<typeof discrepancySchema>;

/** The fields of a transaction that a discrepancy consists of. */
type Discrepant = Amounts & { currency: string; reconciliation: z.infer<typeof comparisonSchema> };

export function discrepancyOf({ reconciliation, currency, ...transaction }: Discrepant): Discrepancy {
  const { status, differences } = reconciliation;
  const { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net } = transaction;
  const amounts = { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net };
  return { status, differences, amounts, currency };
}

/** Why an operator accepted a discrepancy. Any other discrepancy opens the exception again. */
export interface Resolution extends Discrepancy {
  reason: string;
  /** As franchisees read it: a name, or `head office`. */
  by: string;
  at: Date;
}

export const HEAD_OFFICE = "head office";

/** The name that franchisees may read. Revisions, which only head office reads, keep the original. */
export function publicName(by: string): string {
  return holdsAnyAddress(by) ? HEAD_OFFICE : by;
}

/** Null where nothing is wrong, or it is too early to say. */
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
