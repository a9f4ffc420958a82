/** A transaction that does not agree with Stripe is an exception: open until an operator has resolved it. Pure. */
import { z } from "zod";
import { canonical } from "./canonical.ts";
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
export const disagreementSchema = z.object({
  ...comparisonSchema.shape,
  amounts: z.record(z.enum(AMOUNT_FIELDS), z.number()),
  currency: z.string(),
});

export type Disagreement = z.infer<typeof disagreementSchema>;

/** A transaction, as far as it says how it disagrees. */
type Disagreeing = Amounts & { currency: string; reconciliation: z.infer<typeof comparisonSchema> };

export function disagreementOf({ reconciliation, currency, ...transaction }: Disagreeing): Disagreement {
  const { status, differences } = reconciliation;
  const { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net } = transaction;
  const amounts = { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net };
  return { status, differences, amounts, currency };
}

/** Why an operator let a disagreement stand. It is good for this one alone: whatever differs otherwise is open again. */
export interface Resolution extends Disagreement {
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
export function exceptionOf(transaction: Disagreeing, resolution: Resolution | null): ExceptionState | null {
  const { status } = transaction.reconciliation;
  if (status === "matched" || status === "expected" || status === "unrelated") return null;
  return resolution && isSameDisagreement(disagreementOf(transaction), resolution) ? "resolved" : "open";
}

export function isSameDisagreement(a: Disagreement, b: Disagreement): boolean {
  const told = ({ status, differences, amounts, currency }: Disagreement) =>
    canonical({ status, differences, amounts, currency });
  return told(a) === told(b);
}
