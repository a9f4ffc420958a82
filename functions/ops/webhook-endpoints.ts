import { EVENT_TYPES } from "../src/domain/stripe-event.ts";

const OF_CONNECT_ONLY = /^payout\./;
const OF_PLATFORM_ONLY = /^(transfer|application_fee)\./;

/** The types of events that Stripe's two webhook endpoints listen to (docs/webhooks.md). */
export const ENDPOINT_EVENTS = {
  /** What happens on the platform's own account. */
  platform: EVENT_TYPES.filter((type) => !OF_CONNECT_ONLY.test(type)),
  /** What happens on connected accounts. */
  connect: EVENT_TYPES.filter((type) => !OF_PLATFORM_ONLY.test(type)),
} as const;
