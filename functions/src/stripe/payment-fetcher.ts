import { openAccountReader } from "./account-reader.ts";
import type { Connection } from "./client.ts";
import type { PaymentRef, PaymentResult } from "./payments.ts";

/**
 * Null if Stripe does not have the payment. `onSend` is called before the first request is sent. Throws
 * StripeRequestError, UnreadablePaymentError.
 */
export type FetchPayment = (payment: PaymentRef, onSend?: () => void) => Promise<PaymentResult | null>;

export function paymentFetcher(connection: Connection): FetchPayment {
  return ({ stripePaymentId, chargedOn }, onSend) => {
    const sending: Connection = {
      ...connection,
      request: (send) =>
        connection.request((stripe, asOf) => {
          onSend?.();
          return send(stripe, asOf);
        }),
    };
    return openAccountReader(sending, chargedOn).payment(stripePaymentId);
  };
}

/** One result for all calls about a payment, although it may be older than the call. */
export function cachedFetcher(fetch: FetchPayment): FetchPayment {
  const results = new Map<string, Promise<PaymentResult | null>>();
  return (payment) => {
    const result = results.get(keyOf(payment)) ?? fetch(payment);
    results.set(keyOf(payment), result);
    return result;
  };
}

export function keyOf({ chargedOn, stripePaymentId }: PaymentRef): string {
  return JSON.stringify([chargedOn, stripePaymentId]);
}
