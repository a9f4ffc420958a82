import type Stripe from "stripe";
import { newId } from "./objects.ts";

const API_VERSION = "2026-10-28.endive";

export type StoredEvent = Pick<
  Stripe.Event,
  "id" | "object" | "api_version" | "created" | "livemode" | "pending_webhooks" | "request"
> & { type: Stripe.Event.Type; account?: string; data: { object: object } };

/** An event of the platform has no `account`. */
export function newEvent(
  type: Stripe.Event.Type,
  object: object,
  { account, created, pending }: { account: string | null; created: number; pending: boolean },
): StoredEvent {
  return {
    id: newId("evt"),
    object: "event",
    api_version: API_VERSION,
    created,
    livemode: false,
    pending_webhooks: pending ? 1 : 0,
    request: { id: null, idempotency_key: null },
    type,
    ...(account !== null && { account }),
    data: { object: structuredClone(object) },
  };
}
