import type Stripe from "stripe";
import { type Connection, isRejected, onAccount } from "./client.ts";
import { affectedPayments } from "./event-routing.ts";
import { idOf, UnreadablePaymentError } from "./expansion.ts";
import type { PaymentRef } from "./payments.ts";

/** The payment that a balance transaction of a connected account belongs to. */

/** Stripe's maximum depth: the arrival of a transfer, the transfer, and the transfer's charge. */
export const CHARGE_LINKS = [
  "data.source",
  "data.source.source_transfer",
  "data.source.source_transfer.source_transaction",
];

/** With the charges of refunds and disputes, and the transfers that these arrived by. */
export const SOURCE_LINKS = [...CHARGE_LINKS, "data.source.charge", "data.source.charge.source_transfer"];

type Source = string | Stripe.BalanceTransactionSource;

/**
 * Null if it belongs to no payment, to several together, or if Stripe does not tell. Sends requests only for what
 * Stripe did not expand. Throws StripeRequestError, and UnreadablePaymentError if Stripe returns only an id.
 */
export async function paymentOf(
  connection: Connection,
  account: string,
  { source, description }: Pick<Stripe.BalanceTransaction, "source" | "description">,
): Promise<PaymentRef | null> {
  const behind = await paymentsBehind(connection, account, source);
  // The source of a refunded application fee may be the fee refund, which leads nowhere.
  const [payment, ...others] =
    behind.length > 0 ? behind : await paymentsBehind(connection, account, chargeNamedIn(description));
  return payment === undefined || others.length > 0 ? null : payment;
}

/** The description of a refunded application fee names the charge (reported by integrations; not documented). */
function chargeNamedIn(description: string | null): string | null {
  return /\b(?:ch|py)_\w+/.exec(description ?? "")?.[0] ?? null;
}

async function paymentsBehind(connection: Connection, account: string, source: Source | null): Promise<PaymentRef[]> {
  if (source === null) return [];
  if (typeof source === "string") {
    if (!/^(?:re|pyr|dp|du)_/.test(source)) return paymentsOfCharge(connection, account, source);
    throw new UnreadablePaymentError(`Stripe shows only the id of ${source}.`);
  }
  if (source.object !== "refund" && source.object !== "dispute") return paymentsOfCharge(connection, account, source);
  const { payment_intent: intent, charge } = source;
  if (intent !== null) return [{ stripePaymentId: idOf(intent), chargedOn: account }];
  return charge === null ? [] : paymentsOfCharge(connection, account, charge);
}

/** The payments behind the account's own charge, or the arrival of a transfer; none behind another kind of source. */
export async function paymentsOfCharge(connection: Connection, account: string, source: Source): Promise<PaymentRef[]> {
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
