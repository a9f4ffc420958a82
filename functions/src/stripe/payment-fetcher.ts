import { openAccountReader } from "./account-reader.ts";
import type { Connection } from "./client.ts";
import type { PaymentRef, PaymentResult } from "./payments.ts";
import { SingleFlight } from "./single-flight.ts";

/** Null if Stripe does not have the payment. Throws StripeRequestError, UnreadablePaymentError. */
export type FetchPayment = (payment: PaymentRef) => Promise<PaymentResult | null>;

export function paymentFetcher(connection: Connection): FetchPayment {
  return ({ stripePaymentId, chargedOn }) => openAccountReader(connection, chargedOn).payment(stripePaymentId);
}

/** Concurrent calls for a payment share requests; each call's request is sent after the call. */
export function sharedFetcher(fetch: FetchPayment): FetchPayment {
  const flights = new SingleFlight<PaymentResult | null>();
  return (payment) => flights.joinNext(keyOf(payment), () => fetch(payment));
}

export function cachedFetcher(fetch: FetchPayment): FetchPayment {
  const results = new Map<string, Promise<PaymentResult | null>>();
  return (payment) => {
    const result = results.get(keyOf(payment)) ?? fetch(payment);
    results.set(keyOf(payment), result);
    return result;
  };
}

function keyOf({ chargedOn, stripePaymentId }: PaymentRef): string {
  return JSON.stringify([chargedOn, stripePaymentId]);
}
