/** The statuses of refunds and disputes. The portal bundles this module. */

/** Documents of earlier versions may lack a status. */
interface WithStatus {
  status: string | null;
}

/**
 * Dispute statuses (https://docs.stripe.com/api/disputes/object): whether the dispute is over, and whether the
 * customer's bank holds the money. In an inquiry (`warning_…`) it does not; an appeal follows a lost dispute. Unknown
 * statuses count as open, with the money held.
 */
export const DISPUTE_STATUSES: ReadonlyMap<string, { isOver: boolean; holdsFunds: boolean }> = new Map([
  ["warning_needs_response", { isOver: false, holdsFunds: false }],
  ["warning_under_review", { isOver: false, holdsFunds: false }],
  ["warning_closed", { isOver: true, holdsFunds: false }],
  ["needs_response", { isOver: false, holdsFunds: true }],
  ["under_review", { isOver: false, holdsFunds: true }],
  ["appeal_needs_response", { isOver: false, holdsFunds: true }],
  ["appeal_under_review", { isOver: false, holdsFunds: true }],
  ["won", { isOver: true, holdsFunds: false }],
  ["lost", { isOver: true, holdsFunds: true }],
  ["prevented", { isOver: true, holdsFunds: false }],
]);

export function isOpenDispute({ status }: WithStatus): boolean {
  return status !== null && !(DISPUTE_STATUSES.get(status)?.isOver ?? false);
}

/** A question of the customer's bank, which moves no money and may become a dispute. */
export function isInquiry({ status }: WithStatus): boolean {
  return status?.startsWith("warning_") ?? false;
}

export function needsResponse({ status }: WithStatus): boolean {
  return status?.endsWith("needs_response") ?? false;
}

export function holdsFunds({ status }: { status: string }): boolean {
  return DISPUTE_STATUSES.get(status)?.holdsFunds ?? true;
}

/**
 * Refund statuses (https://docs.stripe.com/api/refunds/object): whether the refund is over, and whether the customer
 * receives the money. A refund with an unknown status is not over, and counts.
 */
export const REFUND_STATUSES: ReadonlyMap<string, { isOver: boolean; counts: boolean }> = new Map([
  ["pending", { isOver: false, counts: true }],
  ["requires_action", { isOver: false, counts: true }],
  ["succeeded", { isOver: true, counts: true }],
  ["failed", { isOver: true, counts: false }],
  ["canceled", { isOver: true, counts: false }],
]);

/** Old refunds without a status succeeded. */
export function isRefunded({ status }: WithStatus): boolean {
  return status === null || (REFUND_STATUSES.get(status)?.counts ?? true);
}
