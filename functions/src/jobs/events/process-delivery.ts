import { recordDefaults, stripeAccess, webhookLimits } from "../../config.ts";
import type { StripeEvent } from "../../domain/stripe-event.ts";
import { syncStore } from "../../store/sync-store.ts";
import { connect, type Connection } from "../../stripe/client.ts";
import { type FetchPayment, paymentFetcher, sharedFetcher } from "../../stripe/payment-fetcher.ts";
import { SingleFlight } from "../../stripe/single-flight.ts";
import { type EventResult, processEvent } from "./process-event.ts";

const deliveries = new SingleFlight<EventResult>();

/**
 * Processes an event from a webhook. Concurrent deliveries of one event share its result, and those of one payment
 * share requests to Stripe. Throws as `processEvent` does, and if a setting is missing.
 */
export function processDelivery(event: StripeEvent): Promise<EventResult> {
  return deliveries.join(event.id, async () => {
    const { connection, fetchPayment } = stripeConnection();
    const dependencies = { connection, fetchPayment, defaults: recordDefaults(), store: syncStore };
    return processEvent(event, { ...dependencies, now: () => new Date() });
  });
}

let cached: { access: string; connection: Connection; fetchPayment: FetchPayment } | undefined;

/** The connection of this instance, until its settings change. */
function stripeConnection(): { connection: Connection; fetchPayment: FetchPayment } {
  const options = stripeAccess();
  const access = `${options.key} ${options.base.href}`;
  if (cached?.access !== access) {
    const connection = connect({ ...options, ...webhookLimits });
    cached = { access, connection, fetchPayment: sharedFetcher(paymentFetcher(connection)) };
  }
  return cached;
}
