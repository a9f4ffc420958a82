import { recordDefaults, stripeAccess, webhookPatience } from "../../config.ts";
import type { StripeEvent } from "../../domain/stripe-event.ts";
import { syncStore } from "../../store/sync-store.ts";
import { connect, type Connection } from "../../stripe/client.ts";
import { type FetchPayment, paymentFetcher, sharedFetcher } from "../../stripe/payment-fetcher.ts";
import { SingleFlight } from "../../stripe/single-flight.ts";
import { type EventResult, processEvent } from "./process-event.ts";

const deliveries = new SingleFlight<EventResult>();

/**
 * Processes an event that a webhook delivered. Concurrent deliveries of one event share its result, and those of one
 * payment share requests to Stripe. Throws as `processEvent` does, and where a setting is missing.
 */
export function processDelivery(event: StripeEvent): Promise<EventResult> {
  return deliveries.join(event.id, async () => {
    const { connection, fetchPayment } = toStripe();
    const dependencies = { connection, fetchPayment, defaults: recordDefaults(), now: () => new Date() };
    return processEvent(event, { ...dependencies, store: syncStore });
  });
}

let known: { access: string; connection: Connection; fetchPayment: FetchPayment } | undefined;

/** The connection of this instance, for as long as its settings are the same. */
function toStripe(): { connection: Connection; fetchPayment: FetchPayment } {
  const options = stripeAccess();
  const access = `${options.key} ${options.base.href}`;
  if (known?.access !== access) {
    const connection = connect({ ...options, ...webhookPatience });
    known = { access, connection, fetchPayment: sharedFetcher(paymentFetcher(connection)) };
  }
  return known;
}
