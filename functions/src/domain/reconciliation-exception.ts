/** A transaction that does not agree with Stripe is an exception: open until an operator has resolved it. Pure. */
import { z } from "zod";
import { canonical } from "./canonical-json.ts";
import { AMOUNT_FIELDS, type Amounts } from "./money.ts";
import { holdsAnyAddress } from "./personal-text.ts";
import { DIFFERENCE_FIELDS, RECONCILIATION_STATUSES } from "./reconciliation.ts";

/** - `open`: somebody has to look at it - `resolved`: somebody has, and `resolution` says why it may stay as it is */
export const EXCEPTION_STATES = ["open", "resolved"] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

const figure = z.union([z.number(), z.string(), z.boolean()]);

/** How a transaction stands beside Stripe's books. */
export const comparisonSchema = z.object({
  status: z.enum(RECONCILIATION_STATUSES),
  differences: z.array(z.object({ field: z.enum(DIFFERENCE_FIELDS), recorded: figure, stripe: figure })),
});

/** In what a transaction differs from Stripe's books, and the money that it is about, in minor units. */
export const discrepancySchema = z.object({
  ...comparisonSchema.shape,
  amounts: z.record(z.enum(AMOUNT_FIELDS), z.number()),
  currency: z.string(),
});

export type Discrepancy = z.infer<typeof discrepancySchema>;

/** A transaction, as far as it says how it disagrees. */
type Discrepant = Amounts & { currency: string; reconciliation: z.infer<typeof comparisonSchema> };

export function discrepancyOf({ reconciliation, currency, ...transaction }: Discrepant): Discrepancy {
  const { status, differences } = reconciliation;
  const { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net } = transaction;
  const amounts = { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net };
  return { status, differences, amounts, currency };
}

/** Why an operator let a disagreement stand. It is good for this one alone: whatever differs otherwise is open again. */
export interface Resolution extends Discrepancy {
  reason: string;
  /** Who decided it, as franchisees read it: a name, or `head office`. */
  by: string;
  at: Date;
}

export const HEAD_OFFICE = "head office";

/** A name that franchisees may read. Revisions, which only head office reads, keep who decided. */
export function publicName(by: string): string {
  return holdsAnyAddress(by) ? HEAD_OFFICE : by;
}

/** Whether a transaction is an exception; null where nothing is wrong, or it is too early to say. */
export function exceptionOf(transaction: Discrepant, resolution: Resolution | null): ExceptionState | null {
  const { status } = transaction.reconciliation;
  if (status === "matched" || status === "expected" || status === "unrelated") return null;
  return resolution && isSameDiscrepancy(discrepancyOf(transaction), resolution) ? "resolved" : "open";
}

export function isSameDiscrepancy(a: Discrepancy, b: Discrepancy): boolean {
  const told = ({ status, differences, amounts, currency }: Discrepancy) =>
    canonical({ status, differences, amounts, currency });
  return told(a) === told(b);
}
