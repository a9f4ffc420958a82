import { webhookLimits } from "../../config.ts";
import type { StripeEvent } from "../../domain/stripe-event.ts";
import { SingleFlight } from "../../stripe/single-flight.ts";
import { type EventResult, processEvent } from "./process-event.ts";
import { sharedDependencies } from "./shared-dependencies.ts";

const deliveries = new SingleFlight<EventResult>();

/**
 * Processes an event from a webhook. Concurrent deliveries of one event share its result. Throws as `processEvent`
 * does, and if a setting is missing.
 */
export function processDelivery(event: StripeEvent): Promise<EventResult> {
  return deliveries.join(event.id, async () => processEvent(event, sharedDependencies(webhookLimits)));
}
