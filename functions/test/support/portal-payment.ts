import type { Transaction } from "../../../portal/src/firestore/transaction.ts";
import { NO_DETAILS } from "./records.ts";

/** As the portal reads it: 100.00, of which Stripe deducts 3.20 and the platform 5.00. */
export function payment(fields: Partial<Transaction> = {}): Transaction {
  return {
    ...NO_DETAILS,
    franchiseeId: "acct_1",
    stripePaymentId: "pi_1",
    createdAt: new Date("2025-11-03T00:00:00Z"),
    day: "2025-11-03",
    status: "succeeded",
    source: "golden",
    revision: 1,
    currency: "cad",
    amount_total: 10_000,
    amount_stripe_fee: 320,
    amount_platform_fee: 500,
    amount_franchisee_net: 9_180,
    erasedAt: null,
    reconciliation: { status: "matched", differences: [], checkedAt: null },
    exception: null,
    exceptionOpenedAt: null,
    resolution: null,
    stripe: null,
    ...fields,
  };
}
