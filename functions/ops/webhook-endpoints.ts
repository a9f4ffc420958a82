import { EVENT_TYPES } from "../src/domain/stripe-event.ts";

const OF_CONNECT_ONLY = /^payout\./;
const OF_PLATFORM_ONLY = /^(transfer|application_fee)\./;

/** The event types of Stripe's two webhook endpoints (docs/webhooks.md). */
export const ENDPOINT_EVENTS = {
  platform: EVENT_TYPES.filter((type) => !OF_CONNECT_ONLY.test(type)),
  connect: EVENT_TYPES.filter((type) => !OF_PLATFORM_ONLY.test(type)),
} as const;
