/** The totals of a franchisee's payments. Without imports: the portal bundles this module. */

/**
 * In minor units of one currency, except the count:
 * - `count`: successful payments
 * - `gross`, `stripeFees`, `platformFees`, `net`: their totals, and the parts of these
 * - `refunded`: refunds to customers
 * - `disputed`: amounts withdrawn by customers' banks and not returned
 * - `netAdjustment`: changes of the franchisee's balance by refunds, disputes and reversals, in addition to `net`
 * - `refundsDeducted`, `disputesDeducted`, `disputeFees`, `feesReturned`: what it consists of; the last one adds to the
 *   balance, the others reduce it
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
  "refundsDeducted",
  "disputesDeducted",
  "disputeFees",
  "feesReturned",
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
  refundsDeducted: 0,
  disputesDeducted: 0,
  disputeFees: 0,
  feesReturned: 0,
};

/** What follows from totals, in minor units of their currency. */
export interface Derived {
  /** What gross exceeds the fees and net by: fees are pending, or recorded amounts do not add up. */
  unallocated: number;
  /** What else changed the balance after the payment; also what documents of earlier versions do not itemize. */
  otherAdjustment: number;
  /** What the franchisee keeps: net + netAdjustment. */
  earned: number;
}

/**
 * Completes the waterfall, of whatever totals:
 * - gross − stripeFees − platformFees − unallocated = net
 * - net − refundsDeducted − disputesDeducted − disputeFees + feesReturned + otherAdjustment = earned
 */
export function derivedFrom(totals: Totals): Derived {
  const { gross, stripeFees, platformFees, net, netAdjustment } = totals;
  const itemized = totals.feesReturned - totals.refundsDeducted - totals.disputesDeducted - totals.disputeFees;
  return {
    unallocated: gross - stripeFees - platformFees - net,
    otherAdjustment: netAdjustment - itemized,
    earned: net + netAdjustment,
  };
}
