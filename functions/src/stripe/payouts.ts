import type Stripe from "stripe";
import { composed, type Deposit } from "../domain/deposit.ts";
import { PAYOUT_STATUSES } from "../domain/payout.ts";
import { CHARGE_LINKS, paymentsOfCharge } from "./balance-links.ts";
import { type Connection, isMissing, isRejected, isTemporary, nullIfMissing, onAccount } from "./client.ts";
import { eachPage } from "./lists.ts";
import { idOf, isExpanded, UnreadablePaymentError } from "./expansion.ts";
import type { PaymentRef } from "./payments.ts";

/** A payout at Stripe, without its content. */
export interface FoundPayout {
  deposit: Deposit;
  /** Whether Stripe lists its content: not of a manual payout, or of one that it is still composing. */
  isListed: boolean;
  /** The id of its own balance transaction. */
  ownTransaction: string | null;
}

/**
 * Null if Stripe does not have the payout. Throws StripeRequestError, and UnreadablePaymentError for an unknown status.
 */
export async function readPayout(connection: Connection, account: string, id: string): Promise<FoundPayout | null> {
  const found = await retrievePayout(connection, account, id);
  if (!found) return null;
  const { response, asOf } = found;
  const status = PAYOUT_STATUSES.find((known) => known === response.status);
  if (status === undefined) {
    throw new UnreadablePaymentError(`${id} has the status ${response.status}, which is unknown.`);
  }
  const { balance_transaction: own, original_payout: original, reversed_by: reversal } = response;
  const deposit: Deposit = {
    id,
    status,
    createdAt: new Date(response.created * 1000),
    arrivesAt: new Date(response.arrival_date * 1000),
    amount: response.amount,
    currency: response.currency,
    kind: response.automatic ? "automatic" : response.method === "instant" ? "instant" : "manual",
    bank: bankOf(response.destination),
    failure:
      response.failure_code === null && response.failure_message === null
        ? null
        : { code: response.failure_code, message: response.failure_message },
    statementDescriptor: response.statement_descriptor,
    reconciliationStatus: response.reconciliation_status,
    originalPayoutId: original === null ? null : idOf(original),
    reversedByPayoutId: reversal === null ? null : idOf(reversal),
    composition: null,
    explained: null,
    asOf,
  };
  const isListed = response.reconciliation_status === "completed";
  return { deposit, isListed, ownTransaction: own === null ? null : idOf(own) };
}

/**
 * With the bank account, if Stripe expands it: it has refused that for accounts with their own dashboard
 * (stripe/stripe-node#683), and does not document a permission for it.
 */
async function retrievePayout(
  { request }: Connection,
  account: string,
  id: string,
): Promise<{ response: Stripe.Payout; asOf: Date } | null> {
  let asOf = new Date();
  const retrieve = (expand: string[]): Promise<Stripe.Payout> =>
    request((stripe, sentAt) => {
      asOf = sentAt;
      return stripe.payouts.retrieve(id, { expand }, onAccount(account));
    });
  const response = await nullIfMissing(
    retrieve(["destination"]).catch((error: unknown) => {
      if (isMissing(error) || isTemporary(error)) throw error;
      return retrieve([]);
    }),
    "payout",
    "id",
  );
  return response && { response, asOf };
}

function bankOf(destination: Stripe.Payout["destination"]): Deposit["bank"] {
  if (!isExpanded(destination) || "deleted" in destination) return null;
  const name = destination.object === "bank_account" ? destination.bank_name : destination.brand;
  return { name, last4: destination.last4 };
}

/** The payout with what its content adds up to. */
export function withContent(
  { deposit, ownTransaction }: FoundPayout,
  content: readonly Stripe.BalanceTransaction[],
): Deposit {
  const movements = content
    .filter(({ id }) => id !== ownTransaction)
    .map(({ reporting_category, amount, fee, net }) => ({ reportingCategory: reporting_category, amount, fee, net }));
  return { ...deposit, ...composed(movements, deposit.amount) };
}

/** A page of a payout's payments, each once, and why others are unknown. */
export interface PayoutPage {
  payments: PaymentRef[];
  unresolved: string[];
  /** The balance transactions of the payout itself, not of a failed one that it contains. */
  content: Stripe.BalanceTransaction[];
}

/**
 * The payments in a payout, page by page, one call each. The contents of a failed payout belong to the one with its
 * `payout_failure` (reported by integrations; if Stripe lists the same balance transactions again, the result is the
 * same). Throws StripeRequestError.
 */
export async function* paymentsIn(
  connection: Connection,
  account: string,
  payoutId: string,
  seen: ReadonlySet<string> = new Set(),
): AsyncGenerator<PayoutPage> {
  const params = { payout: payoutId, expand: CHARGE_LINKS };
  const pages = eachPage(connection, (stripe, page) =>
    stripe.balanceTransactions.list({ ...params, ...page }, onAccount(account)),
  );
  const known = new Set([...seen, payoutId]);
  for await (const balances of pages) {
    const payments = new Map<string, PaymentRef>();
    const unresolved: string[] = [];
    const failed: string[] = [];
    for (const { source, type } of balances) {
      if (source === null) continue;
      if (RETURNED.has(type)) failed.push(idOf(source));
      else if (RECEIVED.has(type)) {
        try {
          for (const paid of await paymentsOfCharge(connection, account, source))
            payments.set(paid.stripePaymentId, paid);
        } catch (error) {
          if (!(error instanceof UnreadablePaymentError)) throw error;
          unresolved.push(error.message);
        }
      }
    }
    yield { payments: [...payments.values()], unresolved, content: balances };
    for (const id of failed.filter((one) => !known.has(one))) {
      try {
        for await (const page of paymentsIn(connection, account, id, known)) yield { ...page, content: [] };
      } catch (error) {
        // Stripe does not list the contents of a manual payout.
        if (!isRejected(error)) throw error;
      }
    }
  }
}

/** Other types can name a charge as their source, too: the return of a failed one, or a fee for a countered dispute. */
const RECEIVED: ReadonlySet<string> = new Set(["charge", "payment"]);

/** Balance transactions that return a payout to the balance (reporting category `payout_reversal`). */
const RETURNED: ReadonlySet<string> = new Set(["payout_failure", "payout_cancel"]);
