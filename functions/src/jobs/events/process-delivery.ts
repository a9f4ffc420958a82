import { webhookLimits } from "../../config.ts";
import type { StripeEvent } from "../../domain/stripe-event.ts";
import { log } from "../../log.ts";
import { reopenEvent } from "../../store/stripe-events.ts";
import { isTemporary } from "../../stripe/client.ts";
import { SingleFlight } from "../../stripe/single-flight.ts";
import { DUPLICATE, type EventResult, processEvent } from "./process-event.ts";
import { enqueueEvent } from "./queue.ts";
import { sharedDependencies } from "./shared-dependencies.ts";

/** `queued`: a task will process it. */
export interface DeliveryResult extends Omit<EventResult, "outcome"> {
  outcome: EventResult["outcome"] | "queued";
}

const deliveries = new SingleFlight<DeliveryResult>();

/**
 * Processes an event from a webhook, or queues it if Stripe has no room for it now. Concurrent deliveries of one event
 * share its result. Throws as `processEvent` does, and if a setting is missing.
 */
export function processDelivery(event: StripeEvent): Promise<DeliveryResult> {
  return deliveries.join(event.id, async () => {
    try {
      return await processEvent(event, sharedDependencies(webhookLimits));
    } catch (error) {
      if (!isTemporary(error)) throw error;
      // It is claimed: `processEvent` does that before any request to Stripe.
      if (!(await reopenEvent(event))) return DUPLICATE;
      if (!(await isQueued(event))) throw error;
      return { outcome: "queued", reason: error.message, effects: [] };
    }
  });
}

async function isQueued(event: StripeEvent): Promise<boolean> {
  try {
    await enqueueEvent(event);
    return true;
  } catch (error) {
    log.error("stripe event could not be queued", error, { eventId: event.id, type: event.type });
    return false;
  }
}
