import type { Target } from "../../store/apply.ts";
import type { FailedPayment } from "../../store/sync-state.ts";
import type { SyncStore } from "../../store/sync-store.ts";
import type { Unsettled } from "../../store/transactions.ts";
import type { AccountReader } from "../../stripe/account-reader.ts";
import { UnreadablePaymentError } from "../../stripe/expansion.ts";
import type { PaymentResult } from "../../stripe/payments.ts";
import { countSkipped, type SyncReport } from "./report.ts";

export interface FetchedPayments {
  results: PaymentResult[];
  /** Payments that Stripe does not know, or not as this franchisee's. */
  absent: string[];
  /** Payments that cannot be read. */
  failures: FailedPayment[];
  /** Just before the first request. */
  asOf: Date;
}

export function withoutMode(stripePaymentIds: readonly string[]): Unsettled[] {
  return stripePaymentIds.map((stripePaymentId) => ({ stripePaymentId, mode: null }));
}

/** Fetches payments from one account. Throws StripeRequestError. */
export function fetchFrom(
  account: AccountReader,
  stripePaymentIds: readonly string[],
  franchiseeId: string | null,
  now: Date,
): Promise<FetchedPayments> {
  const payments = stripePaymentIds.map((stripePaymentId) => ({ stripePaymentId, accounts: [account] }));
  return fetchAll(payments, franchiseeId, now, () => true);
}

/**
 * Fetches a franchisee's payments from each account that may have charged them. Another franchisee's payment counts as
 * absent, as does one on the franchisee's own account if that is inaccessible (`own` is null). Throws
 * StripeRequestError.
 */
export function fetchForFranchisee(
  franchiseeId: string,
  { own, platform }: { own: AccountReader | null; platform: AccountReader },
  payments: readonly Unsettled[],
  now: Date,
): Promise<FetchedPayments> {
  const located = payments.map(({ stripePaymentId, mode }) => {
    const accounts = mode === null ? [platform, own] : [mode === "direct" ? own : platform];
    return { stripePaymentId, accounts: accounts.filter((account) => account !== null) };
  });
  // An unrouted payment may still become this franchisee's.
  return fetchAll(located, franchiseeId, now, (one) => one.kind === "unrouted" || one.franchiseeId === franchiseeId);
}

async function fetchAll(
  payments: readonly { stripePaymentId: string; accounts: readonly AccountReader[] }[],
  franchiseeId: string | null,
  now: Date,
  isTheirs: (result: PaymentResult) => boolean,
): Promise<FetchedPayments> {
  const fetched: FetchedPayments = { results: [], absent: [], failures: [], asOf: now };
  for (const { stripePaymentId, accounts } of payments) {
    try {
      const result = await fetchOne(stripePaymentId, accounts, isTheirs);
      if (result) fetched.results.push(result);
      else fetched.absent.push(stripePaymentId);
    } catch (error) {
      if (!(error instanceof UnreadablePaymentError)) throw error;
      fetched.failures.push({ stripePaymentId, franchiseeId, reason: error.message });
    }
  }
  return fetched;
}

async function fetchOne(
  stripePaymentId: string,
  accounts: readonly AccountReader[],
  isTheirs: (result: PaymentResult) => boolean,
): Promise<PaymentResult | null> {
  for (const account of accounts) {
    const result = await account.payment(stripePaymentId);
    if (result && isTheirs(result)) return result;
  }
  return null;
}

/** Counts payments that belong to no franchisee in the report. */
export function targetsOf(results: readonly PaymentResult[], report: SyncReport): Target[] {
  const targets: Target[] = [];
  for (const result of results) {
    if (result.kind === "unrouted") {
      countSkipped(report, result.reason);
      continue;
    }
    const { franchiseeId, stripePaymentId, snapshot } = result;
    targets.push({ franchiseeId, observation: { kind: "snapshot", stripePaymentId, snapshot } });
  }
  return targets;
}

/** The observations that Stripe does not know these payments, or not as this franchisee's. */
export function absencesOf({ absent, asOf }: FetchedPayments, franchiseeId: string): Target[] {
  return absent.map((stripePaymentId) => {
    return { franchiseeId, observation: { kind: "absence", stripePaymentId, asOf } };
  });
}

/** Payments that became shared after they were recorded as one franchisee's. Their records can no longer be updated. */
export async function sharedSince(results: readonly PaymentResult[], store: SyncStore): Promise<FailedPayment[]> {
  const failures: FailedPayment[] = [];
  for (const result of results) {
    if (result.kind !== "unrouted" || result.stripePaymentId === null || result.sharedAmong.length === 0) continue;
    const { stripePaymentId, sharedAmong } = result;
    for (const franchiseeId of await store.withSnapshot(stripePaymentId, sharedAmong)) {
      const reason = `${stripePaymentId} is recorded as ${franchiseeId}'s alone, and now has ${result.reason}`;
      failures.push({ stripePaymentId, franchiseeId, reason });
    }
  }
  return failures;
}
