/** How much money an exception is about. Without imports: the portal bundles this module. */

/** A payment, and how it differs from Stripe. */
export interface Discrepant {
  amount_total: number;
  reconciliation: { status: string; differences: readonly { recorded: unknown; stripe: unknown }[] };
}

/**
 * In minor units of the payment's currency, never negative: the largest difference between two amounts. The whole
 * payment, if one side does not have it, or if they differ in more than amounts, such as in the currency.
 */
export function discrepancySize({ amount_total, reconciliation }: Discrepant): number {
  const { status, differences } = reconciliation;
  const sizes = differences.map(({ recorded, stripe }) =>
    typeof recorded === "number" && typeof stripe === "number"
      ? Math.abs(recorded - stripe)
      : // Amounts in two currencies have no difference.
        Math.abs(amount_total),
  );
  return status === "mismatched" ? Math.max(0, ...sizes) : Math.abs(amount_total);
}
