/** The totals of a franchisee's payments. Without imports: the portal bundles this module. */

/**
 * In minor units of one currency, except the count:
 * - `count`: successful payments
 * - `gross`, `stripeFees`, `platformFees`, `net`: their totals, and the parts of these
 * - `refunded`: refunds to customers
 * - `disputed`: amounts withdrawn by customers' banks and not returned
 * - `netAdjustment`: changes of the franchisee's balance by refunds, disputes and reversals, in addition to `net`
 */
export const TOTAL_FIELDS = [
  "count",
  "gross",
  "stripeFees",
  "platformFees",
  "net",
  "refunded",
  "disputed",
  "netAdjustment",
] as const;

export type Totals = Record<(typeof TOTAL_FIELDS)[number], number>;

export const NO_TOTALS: Totals = {
  count: 0,
  gross: 0,
  stripeFees: 0,
  platformFees: 0,
  net: 0,
  refunded: 0,
  disputed: 0,
  netAdjustment: 0,
};
