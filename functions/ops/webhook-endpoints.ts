import { EVENT_TYPES } from "../src/domain/stripe-event.ts";

const CONNECT_ONLY = /^payout\./;
const PLATFORM_ONLY = /^(transfer|application_fee)\./;

/** The event types of Stripe's two webhook endpoints (docs/webhooks.md). */
export const ENDPOINT_EVENTS = {
  platform: EVENT_TYPES.filter((type) => !CONNECT_ONLY.test(type)),
  connect: EVENT_TYPES.filter((type) => !PLATFORM_ONLY.test(type)),
} as const;
