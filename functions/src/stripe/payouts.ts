import type Stripe from "stripe";
import { type Payout, PAYOUT_STATUSES } from "../domain/payout.ts";
import { type Connection, isMissing, isRefusal, onAccount } from "./client.ts";
import { pagesOf } from "./pages.ts";
import { idOf, isExpanded, UnreadablePaymentError } from "./expansion.ts";
import type { PaymentRef } from "./payments.ts";
import { affectedPayments } from "./event-routing.ts";

/** A payout of a connected account; `isIncluded` says whether Stripe tells what is in it. */
export interface PayoutReading {
  payout: Payout;
  isIncluded: boolean;
}

/** Null where Stripe does not know it. Throws StripeRequestError, and UnreadablePaymentError for a status that is none we know. */
export async function readPayout({ request }: Connection, account: string, id: string): Promise<PayoutReading | null> {
  const found = await request((stripe) => stripe.payouts.retrieve(id, {}, onAccount(account))).catch(
    (error: unknown) => {
      if (isMissing(error, "payout", "id")) return null;
      throw error;
    },
  );
  if (!found) return null;
  const status = PAYOUT_STATUSES.find((known) => known === found.status);
  if (status === undefined)
    throw new UnreadablePaymentError(`${id} has the status ${found.status}, which is none we know.`);
  const [createdAt, arrivesAt] = [new Date(found.created * 1000), new Date(found.arrival_date * 1000)];
  // What is in a payout that somebody made by hand, or that Stripe is still putting together, cannot be told.
  return { payout: { id, status, createdAt, arrivesAt }, isIncluded: found.reconciliation_status === "completed" };
}

/** As deep as Stripe goes: the arrival of a transfer, the transfer, and the charge that it was made from. */
const EXPANSIONS = ["data.source", "data.source.source_transfer", "data.source.source_transfer.source_transaction"];

const PAGE = 100;

/** Some of the payments in a payout, each once, and why others cannot be told, one message each. */
export interface PayoutPage {
  payments: PaymentRef[];
  unresolved: string[];
}

/**
 * Pages of the payments in a payout. What a payout brought that failed goes out with the one that has its `payout_failure` (reported by
 * integrations; where Stripe bundles the same balance transactions anew, that says the same). A page takes a call. Throws StripeRequestError.
 */
export async function* paymentsIn(
  connection: Connection,
  account: string,
  payoutId: string,
  seen: ReadonlySet<string> = new Set(),
): AsyncGenerator<PayoutPage> {
  const params = { payout: payoutId, limit: PAGE, expand: EXPANSIONS };
  const pages = pagesOf((page) =>
    connection.request((stripe) => stripe.balanceTransactions.list({ ...params, ...page }, onAccount(account))),
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
          for (const paid of await placesOf(connection, account, source)) payments.set(paid.stripePaymentId, paid);
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
        // Stripe does not tell what was in one that somebody made by hand.
        if (!isRefusal(error)) throw error;
      }
    }
  }
}

/** The types of what comes back to the balance from a payout (reporting category `payout_reversal`). */
const RETURNED: ReadonlySet<string> = new Set(["payout_failure", "payout_cancel"]);

/** The payments that a balance transaction comes from: a charge of the account's own, or a transfer's arrival. */
async function placesOf(
  connection: Connection,
  account: string,
  source: string | Stripe.BalanceTransactionSource,
): Promise<PaymentRef[]> {
  if (typeof source === "string" && !/^(ch|py)_/.test(source)) return [];
  const charge = typeof source === "string" ? await retrieved(connection, account, source) : source;
  if (charge.object !== "charge") return [];
  if (charge.payment_intent !== null) return [{ stripePaymentId: idOf(charge.payment_intent), chargedOn: account }];
  if (charge.source_transfer === null) return [];
  const transfer = isExpanded(charge.source_transfer)
    ? charge.source_transfer
    : await retrievedTransfer(connection, charge.source_transfer);
  const { source_transaction: from, transfer_group: group } = transfer;
  if (from === null) {
    // One that was made from no charge belongs to that of its group.
    const places = group
      ? await affectedPayments(connection, null, { kind: "transfer_group", transferGroup: group })
      : [];
    return "reason" in places ? [] : places;
  }
  const passedOn = typeof from === "string" ? await retrieved(connection, null, from) : from;
  return passedOn.payment_intent === null ? [] : [{ stripePaymentId: idOf(passedOn.payment_intent), chargedOn: null }];
}

/** A charge of which Stripe showed no more than the id. */
async function retrieved({ request }: Connection, account: string | null, id: string): Promise<Stripe.Charge> {
  try {
    return await request((stripe) => stripe.charges.retrieve(id, {}, onAccount(account)));
  } catch (error) {
    throw isRefusal(error) ? unreadable(id) : error;
  }
}

async function retrievedTransfer({ request }: Connection, id: string): Promise<Stripe.Transfer> {
  try {
    return await request((stripe) => stripe.transfers.retrieve(id));
  } catch (error) {
    throw isRefusal(error) ? unreadable(id) : error;
  }
}

function unreadable(id: string): UnreadablePaymentError {
  return new UnreadablePaymentError(`Stripe shows no more of ${id} than its id.`);
}
