import Stripe from "stripe";
import { z } from "zod";
import { BEHAVIOURS, type StripeBehaviour } from "../../../testing/fake-stripe/behaviour.ts";
import { deliverWebhooks } from "../../../testing/fake-stripe/deliveries.ts";
import { EXPANDABLE } from "../../../testing/fake-stripe/expander.ts";
import { rangesOf, RESOURCES } from "../../../testing/fake-stripe/requests.ts";
import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import { type ChargesPage, CursorGoneError, openAccountReader } from "../../../src/stripe/account-reader.ts";
import { connectedAccounts } from "../../../src/stripe/connected-accounts.ts";
import { type Connection, connect, StripeRequestError } from "../../../src/stripe/client.ts";
import { UNLIMITED } from "../../../src/stripe/request-rate.ts";
import { retrieveEvent, undeliveredEvents } from "../../../src/stripe/events.ts";
import { UnreadablePaymentError } from "../../../src/stripe/expansion.ts";
import { type MovementsPage, openBalanceReader } from "../../../src/stripe/balance-reader.ts";
import { paymentsIn, readPayout } from "../../../src/stripe/payouts.ts";
import { affectedPayments, UnroutableError } from "../../../src/stripe/event-routing.ts";
import type { StartStripe } from "../stripe.ts";
import { type Exchange, startRecorder } from "./recorder.ts";
import { ACCOUNTS, playBehaviours, playEverything, playPayments } from "./scenario.ts";

/** Requests everything that the fake Stripe has, as the product does and directly, and records it. */

const CONTEXTS = [null, ...Object.values(ACCOUNTS)];
const ALL_TIME = { from: new Date(0), to: new Date("2027-01-01T00:00:00Z") };

export interface Recording {
  exchanges: Exchange[];
  /** Requests of the product's own code. */
  byProduct: Exchange[];
  /** Bodies of webhook deliveries. */
  deliveries: unknown[];
}

/** Records a Stripe with the documented behaviour completely, and from the other behaviours only what they change. */
export async function recordAll(startStripe: StartStripe): Promise<Recording> {
  const recording: Recording = { exchanges: [], byProduct: [], deliveries: [] };
  for (const [index, behaviour] of behaviours().entries()) {
    const fake = await startStripe();
    const recorder = await startRecorder(fake.url);
    fake.books.behaviour = behaviour;
    if (index === 0) {
      playEverything(fake.books);
      const url = new URL("/webhook", recorder.url);
      const webhooks = deliverWebhooks(fake.books, { url, secrets: { account: "whsec_1", connect: "whsec_2" } });
      playPayments(fake.books);
      await webhooks.settled();
      webhooks.stop();
      await runProduct(connect({ key: "sk_test_local", base: recorder.url, rate: UNLIMITED, backOffMs: 1 }), fake);
      recording.byProduct.push(...recorder.exchanges);
    } else {
      playBehaviours(fake.books);
    }
    const { hostname: host, port } = recorder.url;
    await requestEverything(new Stripe("sk_test_local", { host, port, protocol: "http", maxNetworkRetries: 0 }));
    await recorder.close();
    recording.exchanges.push(...recorder.exchanges);
    recording.deliveries.push(...recorder.deliveries);
  }
  return recording;
}

/** The documented behaviour, and enough others to use each value of each switch. */
function behaviours(): StripeBehaviour[] {
  const most = Math.max(...Object.values(BEHAVIOURS).map((values) => values.length));
  return Array.from({ length: most }, (_none, index) => {
    const of = <T>(values: readonly [T, ...T[]]): T => values[Math.min(index, values.length - 1)] ?? values[0];
    return {
      partialCapture: of(BEHAVIOURS.partialCapture),
      partialTransfer: of(BEHAVIOURS.partialTransfer),
      failedRefund: of(BEHAVIOURS.failedRefund),
      failedPayout: of(BEHAVIOURS.failedPayout),
      payoutRemainder: of(BEHAVIOURS.payoutRemainder),
      payoutDestination: of(BEHAVIOURS.payoutDestination),
      instantFee: of(BEHAVIOURS.instantFee),
      reserve: of(BEHAVIOURS.reserve),
      feeRefund: of(BEHAVIOURS.feeRefund),
      counteredFee: of(BEHAVIOURS.counteredFee),
      platformPaidFee: of(BEHAVIOURS.platformPaidFee),
      unpermittedExpansion: of(BEHAVIOURS.unpermittedExpansion),
      permissionError: of(BEHAVIOURS.permissionError),
    };
  });
}

const listSchema = z.object({ has_more: z.boolean(), data: z.array(z.object({ id: z.string() })) });

/** Requests every resource with all pages, expansions and filters of the fake, and some requests that it refuses. */
async function requestEverything(stripe: Stripe): Promise<void> {
  for (const account of CONTEXTS) {
    const options = account === null ? {} : { stripeAccount: account };
    const request = async (path: string): Promise<unknown> =>
      stripe.rawRequest("GET", `/v1/${path}`, undefined, options).catch(() => null);
    const requestPages = async (path: string): Promise<string> => {
      let last = "none";
      for (let after = "", hasMore = true; hasMore; after = `&starting_after=${last}`) {
        const page = listSchema.safeParse(await request(`${path}${after}`)).data;
        hasMore = page?.has_more ?? false;
        last = page?.data.at(-1)?.id ?? last;
      }
      return last;
    };
    await request("balance");
    for (const [noun, resource] of Object.entries(RESOURCES)) {
      const { kind, filters } = resource;
      const properties = [...Object.keys(EXPANDABLE[kind] ?? {}), ...(kind === "charge" ? ["refunds"] : [])];
      const expand = (before: string): string => properties.map((name) => `&expand[]=${before}${name}`).join("");
      const range = rangesOf(resource)
        .map((name) => `&${name}[gte]=1&${name}[lt]=4000000000`)
        .join("");
      const id = await requestPages(`${noun}?limit=100${range}`);
      for (const one of [id, "none"]) await request(`${noun}/${one}`);
      if (properties.length > 0) {
        await requestPages(`${noun}?limit=100${expand("data.")}`);
        await request(`${noun}/${id}?${expand("")}`);
      }
      for (const filter of filters) {
        await request(`${noun}?${filter}=${filter === "delivery_success" ? "true" : "some"}`);
      }
    }
    for (const refused of [
      "unicorns",
      "balance?currency=cad",
      "payouts?arrival_date[gte]=soon",
      "charges?colour=red",
      "charges?limit=0",
      "charges?expand[]=data.amount",
    ]) {
      await request(refused);
    }
  }
}

/** The errors with which a call of the product can fail if Stripe refuses it or has no such object. */
const EXPECTED = [StripeRequestError, UnreadablePaymentError, UnroutableError, CursorGoneError];

async function unlessRefused<T>(promise: Promise<T>): Promise<T | null> {
  return promise.catch((error: unknown) => {
    if (!EXPECTED.some((one) => error instanceof one)) throw error;
    return null;
  });
}

/** Makes every call that src/stripe and ops/ make. */
async function runProduct(connection: Connection, { books }: FakeStripe): Promise<void> {
  await connectedAccounts(connection);
  // ops/doctor/webhooks.ts
  await connection.request((stripe) => stripe.webhookEndpoints.list({ limit: 100 }));
  for (const account of CONTEXTS) {
    const stored = books.objectsOf(account) ?? books.platform;
    const reader = openAccountReader(connection, account, 40);
    let cursor: string | null = null;
    do {
      const page: ChargesPage | null = await unlessRefused(reader.chargesPage(ALL_TIME, cursor));
      cursor = page?.cursor ?? null;
    } while (cursor !== null);
    await unlessRefused(reader.chargesPage(ALL_TIME, "ch_gone"));
    await unlessRefused(reader.updatedPayments(ALL_TIME, ALL_TIME.to));
    const payments = [...stored.payment_intent.newestFirst(), { id: "pi_none" }];
    for (const { id } of payments) await unlessRefused(reader.payment(id));
    if (account !== null) {
      for (const { id } of [...stored.payout.newestFirst(), { id: "po_none" }]) {
        await unlessRefused(readPayout(connection, account, id));
        await unlessRefused(Array.fromAsync(paymentsIn(connection, account, id)));
      }
      const balance = openBalanceReader(connection, account, 40);
      await unlessRefused(balance.balance());
      await unlessRefused(balance.payouts(null));
      for (let at: string | null | undefined = null; at !== undefined;) {
        const page: MovementsPage | null = await unlessRefused(balance.page(null, at));
        at = page?.cursor ?? undefined;
      }
      for (const { id } of stored.balance_transaction.newestFirst()) await unlessRefused(balance.movement(id));
      for (const { id } of stored.payout.newestFirst()) await unlessRefused(Array.fromAsync(balance.content(id)));
    }
    const undelivered = await unlessRefused(Array.fromAsync(undeliveredEvents(connection, account, ALL_TIME.from)));
    const events = (undelivered ?? []).flat();
    for (const { id } of [...oneOfEachType(stored.event.newestFirst()), { id: "evt_none" }]) {
      const event = await unlessRefused(retrieveEvent(connection, account, id));
      if (event) events.push(event);
    }
    for (const { subject } of events) {
      if (subject.kind !== "payout") await unlessRefused(affectedPayments(connection, account, subject));
    }
  }
}

function oneOfEachType<T extends { type: string }>(objects: readonly T[]): T[] {
  return [...new Map(objects.map((one) => [one.type, one])).values()];
}
