import Stripe from "stripe";
import { ENDPOINT_EVENTS } from "../../ops/webhook-endpoints.ts";
import type { FakeBooks } from "./books.ts";
import { APPLICATION, newId } from "./objects.ts";

/** Adds the two endpoints that the commands of docs/webhooks.md create. */
export function addEndpoints({ platform, clock }: FakeBooks, url: string): void {
  for (const [side, events] of Object.entries(ENDPOINT_EVENTS)) {
    platform.webhook_endpoint.add({
      id: newId("we"),
      object: "webhook_endpoint",
      api_version: Stripe.API_VERSION,
      application: side === "connect" ? APPLICATION : null,
      created: clock(),
      description: null,
      enabled_events: [...events],
      livemode: false,
      metadata: {},
      status: "enabled",
      url,
    });
  }
}
