import type { Unsettled } from "../store/transactions.ts";
import type { Books } from "../stripe/books.ts";
import { type Reading, UnreadablePayment } from "../stripe/payments.ts";

/** What became of a look-up: what Stripe says, null where it does not know the payment, or why it makes no sense. */
export type LookedUp = { reading: Reading | null } | { failure: string };

/** Looks payments up one by one in these books. Throws StripeFailure. */
export async function lookUp(books: Books, stripePaymentIds: readonly string[]): Promise<LookedUp[]> {
  const found: LookedUp[] = [];
  for (const id of stripePaymentIds) found.push(await lookUpOne([books], id, () => true));
  return found;
}

/**
 * Looks a franchisee's payments up wherever they can have been charged. A payment of somebody else's counts as none.
 * Throws StripeFailure.
 */
export async function lookUpTheirs(
  franchiseeId: string,
  { own, platform }: { own: Books; platform: Books },
  payments: readonly Unsettled[],
): Promise<LookedUp[]> {
  const isTheirs = (reading: Reading) => reading.kind === "payment" && reading.franchiseeId === franchiseeId;
  const found: LookedUp[] = [];
  for (const { stripePaymentId, mode } of payments) {
    const books = mode === null ? [platform, own] : [mode === "direct" ? own : platform];
    found.push(await lookUpOne(books, stripePaymentId, isTheirs));
  }
  return found;
}

async function lookUpOne(
  shelves: readonly Books[],
  stripePaymentId: string,
  isMeant: (reading: Reading) => boolean,
): Promise<LookedUp> {
  for (const books of shelves) {
    try {
      const reading = await books.payment(stripePaymentId);
      if (reading && isMeant(reading)) return { reading };
    } catch (error) {
      if (!(error instanceof UnreadablePayment)) throw error;
      return { failure: error.message };
    }
  }
  return { reading: null };
}
