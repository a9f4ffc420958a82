/** The numbers that a franchisee's revenue is told in. Pure, and without imports: the portal's page uses this module too. */

/**
 * In minor units of one currency, but for the count:
 * - `count`: payments that succeeded
 * - `gross`, `stripeFees`, `platformFees`, `net`: their totals, and what these are split into
 * - `refunded`: what their customers got back
 * - `disputed`: what their customers' banks have taken back, and not returned
 * - `netAdjustment`: what refunds, disputes and reversals have changed on the franchisee's balance, beside `net`
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
