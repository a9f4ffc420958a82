import { once } from "node:events";
import { createServer, type Server } from "node:http";
import Stripe from "stripe";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { type Deliveries, type DeliveryOptions, deliverWebhooks } from "../../testing/fake-stripe/deliveries.ts";
import type { PaymentSpec } from "../../testing/fake-stripe/payment-spec.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

// Deliveries of the fake Stripe to a server that accepts only what the official SDK accepts.

const ACCOUNT = "acct_1";
const SECRETS = { account: "whsec_platform,whsec_older", connect: "whsec_connect" };
const ORDER: PaymentSpec = { account: ACCOUNT, mode: "direct", amount: 1_000, applicationFee: 100 };
const ALL = ["application_fee.created", "charge.succeeded", "payment_intent.succeeded"];

let fake: FakeStripe;
let stripe: Stripe;
let server: Server;
let url: string;
let deliveries: Deliveries;
let received: Stripe.Event[];
/** Statuses of the next responses, if not 200. */
let statuses: (number | "drop")[];
let droppedEvents: string[];

beforeEach(async () => {
  [received, statuses, droppedEvents] = [[], [], []];
  fake = await startStripe();
  stripe = new Stripe("sk_test_local", { host: "127.0.0.1", port: fake.url.port, protocol: "http" });
  server = createServer((request, response) => {
    void (async () => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const status = statuses.shift() ?? 200;
      if (status === "drop") return request.socket.destroy();
      const { account } = eventIn(body);
      const [secret = ""] = (account === undefined ? SECRETS.account : SECRETS.connect).split(",");
      const event = stripe.webhooks.constructEvent(body, request.headers["stripe-signature"] ?? "", secret);
      expect(request.headers["content-type"]).toBe("application/json; charset=utf-8");
      if (status === 200) received.push(event);
      return response.writeHead(status, status === 302 ? { Location: "/" } : {}).end();
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/webhook`;
  deliveries = deliver();
});

afterEach(async () => {
  deliveries.stop();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function deliver(options: Partial<DeliveryOptions> = {}): Deliveries {
  const onGivenUp: DeliveryOptions["onGivenUp"] = ({ type }, reason) => void droppedEvents.push(`${type}: ${reason}`);
  return deliverWebhooks(fake.books, { url, secrets: SECRETS, firstDelayMs: 1, onGivenUp, ...options });
}

const eventIn = (body: string) => stripe.webhooks.constructEventWithoutVerification(body);
const typesOf = (events: Stripe.Event[]) => events.map(({ type }) => type);

/** Types of delivered or pending events, the platform's first. */
async function listed(delivered: boolean): Promise<string[]> {
  const events = [];
  for (const options of [{}, { stripeAccount: ACCOUNT }]) {
    events.push(...(await stripe.events.list({ delivery_success: delivered }, options)).data);
  }
  return typesOf(events).toSorted();
}

test("each event is signed for its endpoint, sent, and then delivered", async () => {
  const intent = fake.books.pay(ORDER);
  expect(fake.books.platform.event.newestFirst()).toMatchObject([{ pending_webhooks: 1 }]);
  await deliveries.settled();
  expect(typesOf(received).toSorted()).toEqual(ALL);
  expect([await listed(true), await listed(false)]).toEqual([ALL, []]);
  expect(received.find(({ type }) => type === "payment_intent.succeeded")).toMatchObject({
    account: ACCOUNT,
    api_version: "2026-10-28.endive",
    data: { object: { id: intent.id, status: "succeeded" } },
  });
  expect(received.find(({ type }) => type === "application_fee.created")).not.toHaveProperty("account");
});

test("it is sent again after any other response, and after none", async () => {
  statuses = [500, "drop", 404, 302, 400];
  fake.books.pay(ORDER);
  await deliveries.settled();
  expect(typesOf(received).toSorted()).toEqual(ALL);
  expect(await listed(false)).toEqual([]);
  expect(droppedEvents).toEqual([]);
});

test("it is dropped after the last attempt, and stays pending", async () => {
  deliveries = deliver({ attempts: 2 });
  statuses = Array.from({ length: 6 }, () => 503);
  fake.books.pay(ORDER);
  await deliveries.settled();
  expect([received, await listed(false)]).toEqual([[], ALL]);
  expect(droppedEvents.toSorted()).toEqual(ALL.map((type) => `${type}: status 503, 2 attempts`));
});

test("deliveries can be repeated, dropped, and reversed", async () => {
  deliveries.faults.duplicate = true;
  fake.books.pay(ORDER);
  await deliveries.settled();
  expect(typesOf(received).toSorted()).toEqual([...ALL, ...ALL].toSorted());

  Object.assign(deliveries.faults, { duplicate: false, drop: true });
  received = [];
  const dropped = fake.books.pay(ORDER);
  await deliveries.settled();
  expect([received, await listed(false)]).toEqual([[], ALL]);

  Object.assign(deliveries.faults, { drop: false, reorder: true });
  refund(fake.books, dropped, { amount: 1 });
  fake.books.cancel(fake.books.createIntent(ORDER));
  expect(received).toEqual([]);
  await deliveries.settled();
  expect(typesOf(received)).toEqual(["payment_intent.canceled", "refund.created", "charge.refunded"]);
});

test("the events of a silent payment stay pending, and so do all once the deliveries are stopped", async () => {
  fake.books.pay({ ...ORDER, silent: true });
  await deliveries.settled();
  expect([received, await listed(false)]).toEqual([[], ALL]);

  fake.books.pay(ORDER);
  deliveries.stop();
  await deliveries.settled();
  expect([received, droppedEvents]).toEqual([[], []]);
  expect(await listed(false)).toEqual([...ALL, ...ALL].toSorted());
  expect(fake.books.onEvent).toBeUndefined();
});

test("the platform receives no events of an account that has deauthorized it", async () => {
  const intent = fake.books.createIntent(ORDER);
  fake.books.deauthorize(ACCOUNT);
  fake.books.cancel(intent);
  await deliveries.settled();
  expect(received).toEqual([]);
});
