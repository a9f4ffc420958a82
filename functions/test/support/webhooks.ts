import Stripe from "stripe";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import type { AccountObjects } from "../../testing/fake-stripe/object-store.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { EVENT_TYPES, type StripeEvent } from "../../src/domain/stripe-event.ts";
import type { EventDependencies } from "../../src/jobs/events/process-event.ts";
import { type SyncStore, syncStore } from "../../src/store/sync-store.ts";
import type { Connection } from "../../src/stripe/client.ts";
import { receivedEventSchema } from "../../src/stripe/events.ts";
import { paymentFetcher } from "../../src/stripe/payment-fetcher.ts";
import { type ApiResponse, send } from "./api.ts";
import { database } from "./database.ts";
import { DEFAULTS } from "./records.ts";

/** Secrets of webhook endpoints, as Stripe creates them. The platform's is being rolled: it has two. */
export const SECRETS = {
  old: "whsec_oldoldoldoldoldoldoldoldoldoldol",
  account: "whsec_accountaccountaccountaccountacc",
  connect: "whsec_connectconnectconnectconnectcon",
};

/** Serves the webhook alone, connected to this Stripe. Returns its URL. */
export async function serveWebhook(
  fake: FakeStripe,
  firestore = process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore,
): Promise<string> {
  return (await serveFunction("stripeWebhook", firestore, { env: webhookEnvironment(fake) })).url;
}

/** The environment of a function that uses this Stripe and this test's database. */
export function webhookEnvironment(fake: FakeStripe): NodeJS.ProcessEnv {
  const project = process.env["FIRESTORE_PROJECT_ID"];
  return {
    STRIPE_WEBHOOK_SECRET: `${SECRETS.account},${SECRETS.old}`,
    STRIPE_CONNECT_WEBHOOK_SECRET: SECRETS.connect,
    STRIPE_API_BASE: fake.url.origin,
    ...(project !== undefined && { FIRESTORE_PROJECT_ID: project }),
  };
}

/** The events that an endpoint of these accounts receives, oldest first. */
export function eventsIn({ event }: AccountObjects): StoredEvent[] {
  return event.newestFirst().toReversed().filter(isSubscribed);
}

function isSubscribed({ type }: StoredEvent): boolean {
  return EVENT_TYPES.some((one) => one === type);
}

/** The last event of a type, on the platform (null) or on a connected account. */
export function eventOf(fake: FakeStripe, account: string | null, type: string): StoredEvent {
  const books = fake.books.objectsOf(account);
  const found = books && eventsIn(books).findLast((event) => event.type === type);
  if (!found) throw new Error(`${type} has not happened on ${account ?? "the platform"}.`);
  return found;
}

/** The event as the webhook parses it. */
export function readStored(stored: object): StripeEvent {
  const received = receivedEventSchema.parse(structuredClone(stored));
  if (received.kind !== "event") throw new Error(`${received.type} says nothing.`);
  return received.event;
}

/** The dependencies with which the webhook processes events. */
export function eventDependencies(connection: Connection, store: SyncStore = syncStore): EventDependencies {
  return { store, connection, fetchPayment: paymentFetcher(connection), defaults: DEFAULTS, now: () => new Date() };
}

export interface Delivery {
  /** Null: unsigned. */
  secret?: string | null;
  /** In seconds since 1970. */
  timestamp?: number;
  /** The signed body, if it differs from the sent one. */
  signedBody?: string;
  /** Changes the header. */
  alter?: (header: string) => string;
}

/** Sends an event as Stripe does. */
export function deliver(url: string, event: object | string, delivery: Delivery = {}): Promise<ApiResponse> {
  const { secret = SECRETS.connect, timestamp = Math.floor(Date.now() / 1000), alter = String } = delivery;
  const body = typeof event === "string" ? event : JSON.stringify(event);
  const payload = delivery.signedBody ?? body;
  const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: secret ?? "none", timestamp });
  const signature = secret === null ? {} : { "Stripe-Signature": alter(header) };
  return send(`${url}/stripe/webhook`, {
    method: "POST",
    headers: { "Content-Type": "application/json; charset=utf-8", ...signature },
    body,
  });
}

/** The stored event, or undefined. */
export async function storedEvent(id: string): Promise<Record<string, unknown> | undefined> {
  return (await database().doc(`stripeEvents/${id}`).get()).data();
}
