import type Stripe from "stripe";
import { type Payout, PAYOUT_STATUSES } from "../domain/payout.ts";
import { type Connection, isRejected, nullIfMissing, onAccount } from "./client.ts";
import { eachPage } from "./lists.ts";
import { idOf, UnreadablePaymentError } from "./expansion.ts";
import type { PaymentRef } from "./payments.ts";
import { affectedPayments } from "./event-routing.ts";

/**
 * Null if Stripe does not have the payout. `isIncluded`: Stripe lists its contents. Throws StripeRequestError, and
 * UnreadablePaymentError for an unknown status.
 */
export async function readPayout(
  { request }: Connection,
  account: string,
  id: string,
): Promise<{ payout: Payout; isIncluded: boolean } | null> {
  const response = request((stripe) => stripe.payouts.retrieve(id, {}, onAccount(account)));
  const found = await nullIfMissing(response, "payout", "id");
  if (!found) return null;
  const status = PAYOUT_STATUSES.find((known) => known === found.status);
  if (status === undefined) throw new UnreadablePaymentError(`${id} has the status ${found.status}, which is unknown.`);
  const [createdAt, arrivesAt] = [new Date(found.created * 1000), new Date(found.arrival_date * 1000)];
  // Stripe does not list the contents of a manual payout, or of one that it is still composing.
  return { payout: { id, status, createdAt, arrivesAt }, isIncluded: found.reconciliation_status === "completed" };
}

/** Stripe's maximum depth: the arrival of a transfer, the transfer, and the transfer's charge. */
const EXPANSIONS = ["data.source", "data.source.source_transfer", "data.source.source_transfer.source_transaction"];

/** A page of a payout's payments, each once, and why others are unknown. */
export interface PayoutPage {
  payments: PaymentRef[];
  unresolved: string[];
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
  const params = { payout: payoutId, expand: EXPANSIONS };
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
      else {
        try {
          for (const paid of await paymentsOf(connection, account, source)) payments.set(paid.stripePaymentId, paid);
        } catch (error) {
          if (!(error instanceof UnreadablePaymentError)) throw error;
          unresolved.push(error.message);
        }
      }
    }
    yield { payments: [...payments.values()], unresolved };
    for (const id of failed.filter((one) => !known.has(one))) {
      try {
        yield* paymentsIn(connection, account, id, known);
      } catch (error) {
        // Stripe does not list the contents of a manual payout.
        if (!isRejected(error)) throw error;
      }
    }
  }
}

/** Balance transactions that return a payout to the balance (reporting category `payout_reversal`). */
const RETURNED: ReadonlySet<string> = new Set(["payout_failure", "payout_cancel"]);

/** The payments behind the source of a balance transaction: the account's own charge, or the arrival of a transfer. */
async function paymentsOf(
  connection: Connection,
  account: string,
  source: string | Stripe.BalanceTransactionSource,
): Promise<PaymentRef[]> {
  if (typeof source === "string" && !/^(ch|py)_/.test(source)) return [];
  const { request } = connection;
  const chargeFrom = (chargedOn: string | null) => (id: string) =>
    request((stripe) => stripe.charges.retrieve(id, {}, onAccount(chargedOn)));
  const charge = await retrieved<Stripe.BalanceTransactionSource>(source, chargeFrom(account));
  if (charge.object !== "charge") return [];
  if (charge.payment_intent !== null) return [{ stripePaymentId: idOf(charge.payment_intent), chargedOn: account }];
  if (charge.source_transfer === null) return [];
  const transfer = await retrieved(charge.source_transfer, (id) => request((stripe) => stripe.transfers.retrieve(id)));
  const { source_transaction: origin, transfer_group: group } = transfer;
  if (origin === null) {
    // A transfer from no charge belongs to the charge of its group.
    const payments = group
      ? await affectedPayments(connection, null, { kind: "transfer_group", transferGroup: group })
      : [];
    return "reason" in payments ? [] : payments;
  }
  const { payment_intent: intent } = await retrieved(origin, chargeFrom(null));
  return intent === null ? [] : [{ stripePaymentId: idOf(intent), chargedOn: null }];
}

/** The object, retrieved if Stripe did not expand it. Throws UnreadablePaymentError if Stripe rejects the request. */
async function retrieved<T extends { id: string }>(
  reference: string | T,
  retrieve: (id: string) => Promise<T>,
): Promise<T> {
  if (typeof reference !== "string") return reference;
  try {
    return await retrieve(reference);
  } catch (error) {
    throw isRejected(error) ? new UnreadablePaymentError(`Stripe shows only the id of ${reference}.`) : error;
  }
}
