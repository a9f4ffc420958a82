import { type AMOUNT_FIELDS, SPLIT_FIELDS, unallocatedMinor } from "./money.ts";
import { amountsOf, type GoldenRecord } from "./transaction.ts";

/**
 * - `expected`: Stripe's facts are not final yet
 * - `matched`: every figure agrees with Stripe's
 * - `mismatched`: a figure differs; `differences` says which, and by how much
 * - `missing_in_portal`: Stripe has the payment, the orchestrator never sent it
 * - `missing_in_stripe`: a golden record over 24 hours old that Stripe does not know
 */
export const RECONCILIATION_STATUSES = [
  "expected",
  "matched",
  "mismatched",
  "missing_in_portal",
  "missing_in_stripe",
] as const;

/**
 * A figure that differs, in minor units. The field is one of the amounts, or `unallocated`: the total less its parts,
 * which is 0 in Stripe's books by definition.
 */
export interface Difference {
  field: (typeof AMOUNT_FIELDS)[number] | "unallocated";
  recorded: number;
  stripe: number;
}

/** How a transaction stands beside Stripe's books. `checkedAt` is null until it has been compared with them. */
export interface Reconciliation {
  status: (typeof RECONCILIATION_STATUSES)[number];
  differences: Difference[];
  checkedAt: Date | null;
}

/** Compares what was recorded with Stripe's figures; as long as there are none, with itself. */
export function reconcile(golden: GoldenRecord): Reconciliation {
  const unallocated = unallocatedOf(golden);
  if (unallocated === 0) return { status: "expected", differences: [], checkedAt: null };
  return {
    status: "mismatched",
    differences: [{ field: "unallocated", recorded: unallocated, stripe: 0 }],
    checkedAt: null,
  };
}

/** What a golden record's sender should know about its money although it was recorded. Amounts in minor units. */
export function warningsOf(golden: GoldenRecord): string[] {
  const warnings: string[] = [];
  const amounts = amountsOf(golden);
  const unallocated = unallocatedOf(golden);
  if (!saysSplit(golden)) {
    warnings.push(
      `No part of amount_total was sent: ${SPLIT_FIELDS.join(", ")} count as 0 until Stripe's figures arrive.`,
    );
  }
  if (unallocated !== 0) {
    const parts = SPLIT_FIELDS.map((field) => `${field} ${amounts[field]}`).join(" + ");
    const side = unallocated > 0 ? "more" : "less";
    warnings.push(
      `The amounts do not add up: amount_total ${amounts.amount_total} is ${Math.abs(unallocated)} ${side} than ${parts} (minor units).`,
    );
  }
  if (amounts.amount_platform_fee < 0) {
    warnings.push(
      `amount_platform_fee is negative: the platform pays ${-amounts.amount_platform_fee} on this payment (minor units).`,
    );
  }
  return warnings;
}

/** A record that names a total alone, as legacy senders do, says nothing about the split that could be wrong. */
function unallocatedOf(golden: GoldenRecord): number {
  return saysSplit(golden) ? unallocatedMinor(amountsOf(golden)) : 0;
}

function saysSplit(golden: GoldenRecord): boolean {
  return SPLIT_FIELDS.some((field) => golden[field] !== null);
}
