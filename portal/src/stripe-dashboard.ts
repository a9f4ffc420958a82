import type { Transaction } from "./firestore/transaction.ts";

const DASHBOARD = "https://dashboard.stripe.com";

/**
 * A payment's page in the platform's Stripe dashboard; null until Stripe has reported how it was charged. A direct
 * charge is on the franchisee's account. (This form of address is used by stripe/stripe-cli and dj-stripe/dj-stripe on
 * GitHub; Stripe does not document it.)
 */
export function dashboardAddress({ franchiseeId, stripePaymentId, stripe }: Transaction): string | null {
  if (!stripe?.mode) return null;
  const account = stripe.mode === "direct" ? [franchiseeId] : [];
  const mode = stripe.livemode ? [] : ["test"];
  return [DASHBOARD, ...account, ...mode, "payments", stripePaymentId].join("/");
}
