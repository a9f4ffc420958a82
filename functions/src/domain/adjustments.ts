/** What has changed a franchisee's balance since a payment: by refunds, disputes, and fees returned. */
import type { Money } from "./money.ts";

export const ADJUSTMENT_PARTS = ["refunds", "disputes", "disputeFees", "feesReturned", "other"] as const;

export type AdjustmentPart = (typeof ADJUSTMENT_PARTS)[number];

/**
 * Changes of a balance in one currency, in minor units, negative if they reduce it. The parts are those of `Kept`:
 * reversed transfers are among `refunds`.
 */
export interface AdjustmentParts extends Record<AdjustmentPart, number> {
  currency: string;
}

export interface Adjustments {
  netAdjustment: Money;
  otherAdjustments: Money[];
  adjustmentParts: AdjustmentParts[];
}

export interface Adjustment extends Money {
  part: AdjustmentPart;
}

/**
 * Adds up adjustments: `netAdjustment` in this currency, and one sum for each other currency, ordered by code, without
 * zeros. Each sum is that of its parts, which are in the same order; none if all of them are 0.
 */
export function sumAdjustments(currency: string, adjustments: readonly Adjustment[]): Adjustments {
  const currencies = new Set(adjustments.map((adjustment) => adjustment.currency));
  const own = partsIn(currency, adjustments);
  const foreign = [...currencies]
    .filter((other) => other !== currency)
    .toSorted()
    .map((other) => partsIn(other, adjustments))
    .filter((parts) => totalOf(parts).amount !== 0);
  return {
    netAdjustment: totalOf(own),
    otherAdjustments: foreign.map(totalOf),
    adjustmentParts: [own, ...foreign].filter((parts) => ADJUSTMENT_PARTS.some((part) => parts[part] !== 0)),
  };
}

function partsIn(currency: string, adjustments: readonly Adjustment[]): AdjustmentParts {
  const parts = { currency, refunds: 0, disputes: 0, disputeFees: 0, feesReturned: 0, other: 0 };
  for (const { currency: its, part, amount } of adjustments) if (its === currency) parts[part] += amount;
  return parts;
}

function totalOf(parts: AdjustmentParts): Money {
  return { currency: parts.currency, amount: ADJUSTMENT_PARTS.reduce((sum, part) => sum + parts[part], 0) };
}
