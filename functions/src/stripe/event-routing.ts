import type { EventSubject } from "../domain/stripe-event.ts";
import { type Connection, nullIfMissing, onAccount } from "./client.ts";
import { idOf } from "./expansion.ts";
import type { PaymentRef } from "./payments.ts";

/** The franchisee of an event's payment cannot be determined. */
export class UnroutableError extends Error {
  override readonly name = "UnroutableError";
}

/**
 * The payments that an event concerns, or why it concerns none. Sends a request only if the payload does not name them.
 * Throws StripeRequestError, UnroutableError.
 */
export async function affectedPayments(
  connection: Connection,
  account: string | null,
  subject: Exclude<EventSubject, { kind: "payout" }>,
): Promise<PaymentRef[] | { reason: string }> {
  switch (subject.kind) {
    case "payment":
      return [{ stripePaymentId: subject.stripePaymentId, chargedOn: account }];
    case "charge":
      return ofCharge(connection, account, subject.chargeId);
    case "charge_elsewhere":
      return ofCharge(connection, subject.account, subject.chargeId);
    case "transfer_group":
      return ofGroup(connection, account, subject.transferGroup);
    case "nothing":
      return { reason: subject.reason };
    default:
      return subject satisfies never;
  }
}

async function ofCharge(
  { request }: Connection,
  chargedOn: string | null,
  chargeId: string,
): Promise<PaymentRef[] | { reason: string }> {
  const response = request((stripe) => stripe.charges.retrieve(chargeId, {}, onAccount(chargedOn)));
  const charge = await nullIfMissing(response, "id", "charge");
  if (!charge) throw new UnroutableError(`Stripe does not know ${chargeId}.`);
  const { payment_intent: intent } = charge;
  return intent === null ? { reason: "no PaymentIntent" } : [{ stripePaymentId: idOf(intent), chargedOn }];
}

/** In a larger group, no transfer belongs to a single charge (`transfersFor` in account-reader.ts). */
const MOST_CHARGES = 10;

async function ofGroup(
  { request }: Connection,
  chargedOn: string | null,
  transferGroup: string,
): Promise<PaymentRef[] | { reason: string }> {
  const { data } = await request((stripe) =>
    stripe.charges.list({ transfer_group: transferGroup, limit: MOST_CHARGES }, onAccount(chargedOn)),
  );
  const ids = data.flatMap(({ payment_intent: intent }) => (intent === null ? [] : [idOf(intent)]));
  if (ids.length === 0) return { reason: "a transfer that belongs to no charge" };
  return [...new Set(ids)].map((stripePaymentId) => ({ stripePaymentId, chargedOn }));
}
