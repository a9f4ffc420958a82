import type { FailedPayment } from "../store/sync-state.ts";
import type { Unsettled } from "../store/transactions.ts";
import type { AccountReader } from "../stripe/account-reader.ts";
import { UnreadablePaymentError } from "../stripe/expansion.ts";
import { type PaymentResult } from "../stripe/payments.ts";

/** What payments turned out to be when they were looked up one by one. */
export interface FetchedPayments {
  readings: PaymentResult[];
  /** Payments that Stripe does not know, or not as this franchisee's. */
  absent: string[];
  /** Payments that make no sense. */
  failures: FailedPayment[];
  /** Just before the first of them was looked up. */
  asOf: Date;
}

/** Payments of which nobody knows how they were charged. */
export function unplaced(stripePaymentIds: readonly string[]): Unsettled[] {
  return stripePaymentIds.map((stripePaymentId) => ({ stripePaymentId, mode: null }));
}

/** Looks payments up in these books. Throws StripeRequestError. */
export function lookUp(
  books: AccountReader,
  payments: readonly Unsettled[],
  account: string | null,
  now: Date,
): Promise<FetchedPayments> {
  const placed = payments.map(({ stripePaymentId }) => ({ stripePaymentId, shelves: [books] }));
  return lookUpAll(placed, account, now, () => true);
}

/**
 * Looks a franchisee's payments up wherever they can have been charged. A payment of somebody else's counts as absent, and
 * so does one on their own account where that cannot be read (`own` is null). Throws StripeRequestError.
 */
export function fetchForAccounts(
  franchiseeId: string,
  { own, platform }: { own: AccountReader | null; platform: AccountReader },
  payments: readonly Unsettled[],
  now: Date,
): Promise<FetchedPayments> {
  const placed = payments.map(({ stripePaymentId, mode }) => {
    const shelves = mode === null ? [platform, own] : [mode === "direct" ? own : platform];
    return { stripePaymentId, shelves: shelves.filter((books) => books !== null) };
  });
  // One that is nobody's yet may still become theirs.
  return lookUpAll(placed, franchiseeId, now, (one) => one.kind === "unrouted" || one.franchiseeId === franchiseeId);
}

async function lookUpAll(
  payments: readonly { stripePaymentId: string; shelves: readonly AccountReader[] }[],
  franchiseeId: string | null,
  now: Date,
  isMeant: (reading: PaymentResult) => boolean,
): Promise<FetchedPayments> {
  const found: FetchedPayments = { readings: [], absent: [], failures: [], asOf: now };
  for (const { stripePaymentId, shelves } of payments) {
    try {
      const reading = await lookUpOne(stripePaymentId, shelves, isMeant);
      if (reading) found.readings.push(reading);
      else found.absent.push(stripePaymentId);
    } catch (error) {
      if (!(error instanceof UnreadablePaymentError)) throw error;
      found.failures.push({ stripePaymentId, franchiseeId, reason: error.message });
    }
  }
  return found;
}

async function lookUpOne(
  stripePaymentId: string,
  shelves: readonly AccountReader[],
  isMeant: (reading: PaymentResult) => boolean,
): Promise<PaymentResult | null> {
  for (const books of shelves) {
    const reading = await books.payment(stripePaymentId);
    if (reading && isMeant(reading)) return reading;
  }
  return null;
}
