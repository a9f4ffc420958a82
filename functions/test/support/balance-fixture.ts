import type { Deposit } from "../../src/domain/deposit.ts";
import type { StoredBalanceTransaction } from "../../src/domain/balance-transaction.ts";
import type { Fee } from "../../src/domain/stripe-snapshot.ts";
import type { CheckedBalance } from "../../src/store/balance-documents.ts";
import { database } from "./database.ts";

/** A movement whose fee and net follow from its fee details. */
export function movement(
  id: string,
  createdAt: string,
  amount: number,
  fields: Partial<StoredBalanceTransaction> = {},
): StoredBalanceTransaction {
  const fee = fields.feeDetails?.reduce((sum, part) => sum + part.amount, 0) ?? 0;
  return {
    id,
    type: "charge",
    reportingCategory: "charge",
    balanceType: "payments",
    currency: "cad",
    amount,
    fee,
    net: amount - fee,
    feeDetails: [],
    exchangeRate: null,
    createdAt: new Date(createdAt),
    availableAt: new Date(createdAt),
    status: "available",
    source: null,
    description: null,
    stripePaymentId: null,
    payoutId: null,
    ...fields,
  };
}

/** An automatic payout that Stripe is still composing. */
export function payout(id: string, createdAt: string, amount: number, fields: Partial<Deposit> = {}): Deposit {
  return {
    id,
    status: "in_transit",
    createdAt: new Date(createdAt),
    arrivesAt: new Date(createdAt),
    amount,
    currency: "cad",
    kind: "automatic",
    bank: { name: "Royal Bank", last4: "6789" },
    failure: null,
    statementDescriptor: null,
    reconciliationStatus: "in_progress",
    originalPayoutId: null,
    reversedByPayoutId: null,
    composition: null,
    explained: null,
    asOf: new Date("2025-12-07T09:00:00Z"),
    ...fields,
  };
}

/** Stores these documents as the sync does. */
export async function storeBalance(
  franchiseeId: string,
  stored: { movements?: readonly { id: string }[]; payouts?: readonly { id: string }[]; balance?: CheckedBalance },
): Promise<void> {
  const franchisee = database().doc(`franchisees/${franchiseeId}`);
  const writer = database().bulkWriter();
  void writer.set(franchisee, stored.balance ? { balance: stored.balance } : {}, { merge: true });
  for (const one of stored.movements ?? [])
    void writer.set(franchisee.collection("balanceTransactions").doc(one.id), one);
  for (const one of stored.payouts ?? []) void writer.set(franchisee.collection("payouts").doc(one.id), one);
  await writer.close();
}

const fees = (stripe_fee: number, application_fee = 0): Fee[] => [
  { type: "stripe_fee", amount: stripe_fee },
  { type: "application_fee", amount: application_fee },
];

/** America/Vancouver: November began at 07:00 UTC, and December, after the change of the clocks, at 08:00. */
export const MOVEMENTS = [
  movement("txn_01", "2025-10-31T20:00:00Z", 10_000, {
    feeDetails: fees(320, 270),
    stripePaymentId: "pi_1",
    payoutId: "po_1",
  }),
  movement("txn_02", "2025-11-01T06:59:59Z", 4_000, {
    feeDetails: fees(146),
    stripePaymentId: "pi_2",
    payoutId: "po_1",
  }),
  movement("txn_03", "2025-11-01T07:00:00Z", -1_000, {
    type: "refund",
    reportingCategory: "refund",
    stripePaymentId: "pi_1",
    payoutId: "po_1",
  }),
  // 10,000 − 590 + 4,000 − 146 − 1,000
  movement("txn_04", "2025-11-04T08:00:00Z", -12_264, {
    type: "payout",
    reportingCategory: "payout",
    source: "po_1",
    payoutId: "po_1",
  }),
  movement("txn_05", "2025-11-10T12:00:00Z", -4_000, {
    type: "adjustment",
    reportingCategory: "dispute",
    feeDetails: fees(1_500),
    source: "dp_1",
    stripePaymentId: "pi_2",
  }),
  movement("txn_06", "2025-11-12T12:00:00Z", 9_000, { feeDetails: fees(291), stripePaymentId: "pi_3" }),
  movement("txn_07", "2025-11-13T09:00:00Z", -1_000, { type: "payout", reportingCategory: "payout", source: "po_2" }),
  movement("txn_08", "2025-11-13T09:00:00Z", -25, {
    type: "stripe_fee",
    reportingCategory: "fee",
    description: "@Stripe Fee",
  }),
  movement("txn_09", "2025-11-14T10:00:00Z", -500, {
    type: "payout",
    reportingCategory: "payout",
    feeDetails: fees(5),
    source: "po_3",
  }),
  movement("txn_10", "2025-11-20T12:00:00Z", 7_000, {
    currency: "jpy",
    feeDetails: fees(252),
    stripePaymentId: "pi_4",
  }),
  movement("txn_11", "2025-11-21T12:00:00Z", 300, {
    type: "reserve_hold",
    reportingCategory: "risk_reserved_funds",
    balanceType: "risk_reserved",
  }),
  movement("txn_12", "2025-12-01T07:59:59Z", 2_000, { feeDetails: fees(88) }),
  movement("txn_13", "2025-12-01T08:00:00Z", 3_000, { feeDetails: fees(117) }),
  movement("txn_14", "2025-12-05T12:00:00Z", 1_000, { feeDetails: fees(59) }),
  // After the last comparison.
  movement("txn_15", "2025-12-05T12:00:01Z", 777),
];

export const CHECKED = {
  checkedAt: new Date("2025-12-05T12:00:00Z"),
  currencies: {
    cad: { available: 5_000, pending: 2_410, recorded: 7_415, difference: 5 },
    jpy: { available: 6_748, pending: 0, recorded: 6_748, difference: 0 },
  },
  isExplained: false,
  unexplainedSince: new Date("2025-12-05T11:00:00Z"),
};

export const COMPOSITION = [
  { reportingCategory: "charge", count: 2, amount: 14_000, fee: 736, net: 13_264 },
  { reportingCategory: "refund", count: 1, amount: -1_000, fee: 0, net: -1_000 },
];

export const PAYOUTS = [
  payout("po_1", "2025-11-04T08:00:00Z", 12_264, {
    status: "paid",
    reconciliationStatus: "completed",
    composition: COMPOSITION,
    explained: { net: 12_264, difference: 0 },
  }),
  payout("po_2", "2025-11-13T09:00:00Z", 1_000, { kind: "manual", reconciliationStatus: "not_applicable", bank: null }),
  payout("po_3", "2025-11-14T10:00:00Z", 500, { kind: "instant", reconciliationStatus: "not_applicable" }),
  payout("po_4", "2025-12-06T08:00:00Z", 7_415),
  payout("po_5", "2025-12-07T08:00:00Z", 10, { kind: "manual", bank: { name: null, last4: "6789" } }),
];
