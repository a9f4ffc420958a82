/** The numbers of a franchisee's revenue. Without imports: the portal uses this module too. */

/**
 * In minor units of one currency, except the count:
 * - `count`: successful payments
 * - `gross`, `stripeFees`, `platformFees`, `net`: their totals, and the parts of these
 * - `refunded`: what customers got back
 * - `disputed`: what customers' banks took back and did not return
 * - `netAdjustment`: what refunds, disputes and reversals changed on the franchisee's balance, in addition to `net`
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
