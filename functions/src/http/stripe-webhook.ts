import { z } from "zod";
import { recordDefaults, stripeAccess, webhookPatience } from "../config.ts";
import { paymentIdOf } from "../domain/observation.ts";
import type { StripeEvent } from "../domain/stripe-event.ts";
import { AppError } from "../errors.ts";
import { SingleFlight } from "../jobs/single-flight.ts";
import { askForPayments, type EventLedger, type Intake, takeEvent } from "../jobs/process-event.ts";
import { ledger } from "../jobs/ledger.ts";
import { KeyedMutex } from "../store/keyed-mutex.ts";
import { log } from "../log.ts";
import { countEvent } from "../store/stripe-events.ts";
import { connect, type Connection, isRefusal, StripeRequestError } from "../stripe/client.ts";
import { eventNewsSchema } from "../stripe/events.ts";
import type { PaymentRef, PaymentResult } from "../stripe/payments.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { readJson, validate } from "./validation.ts";

/** POST an event of Stripe's. A 200 says that Stripe need not send it again: it is done, or kept for an operator. */
export const stripeWebhookRoute: Route = {
  method: "POST",
  path: /^\/api\/(stripe\/webhook)?$/,
  access: "stripe",
  handle: receive,
};

const inputSchema = z.object({ body: eventNewsSchema });

async function receive(request: ApiRequest): Promise<RouteResponse> {
  const { body: news } = validate(inputSchema, { body: readJson(request) });
  if (news.kind === "other") {
    await countEvent(news.type);
    return { success: true, outcome: "ignored" };
  }
  const { event } = news;
  const { outcome, reason, effects } = await taken(event).catch((error: unknown) => {
    throw error instanceof StripeRequestError && !isRefusal(error) ? stripeUnavailable(error) : error;
  });
  const { id, type, account } = event;
  const fields = { eventId: id, type, account, outcome, reason, effects: effects.slice(0, LOGGED_EFFECTS) };
  if (outcome === "quarantined") log.warn("stripe event", fields);
  else log.info("stripe event", fields);
  return { success: true, outcome };
}

const LOGGED_EFFECTS = 5;

const RETRY_AFTER_SECONDS = 30;

function stripeUnavailable(cause: StripeRequestError): AppError {
  return new AppError("unavailable", "Stripe cannot be asked at the moment. Send the same event again.", {
    headers: { "Retry-After": String(RETRY_AFTER_SECONDS) },
    cause,
  });
}

/** Events that are being taken in at the moment: of one that comes several times at once, all get the same answer. */
const underWay = new Map<string, Promise<Intake>>();

function taken(event: StripeEvent): Promise<Intake> {
  const known = underWay.get(event.id);
  if (known) return known;
  const end = (): void => void underWay.delete(event.id);
  const intake = takeIn(event);
  underWay.set(event.id, intake);
  intake.then(end, end);
  return intake;
}

// Async, so that what a setting lacks fails this request as anything else does.
async function takeIn(event: StripeEvent): Promise<Intake> {
  const { connection, payment } = toStripe();
  return takeEvent(event, { ledger: inTurn, connection, payment, defaults: recordDefaults(), now: () => new Date() });
}

const mutex = new KeyedMutex();

/** The ledger, with one commit of a payment's at a time. */
const inTurn: EventLedger = {
  ...ledger,
  applyAll: (targets, ...rest) =>
    mutex.runExclusive(
      targets.map(({ observation }) => paymentIdOf(observation)),
      () => ledger.applyAll(targets, ...rest),
    ),
};

interface ToStripe {
  access: string;
  connection: Connection;
  payment: (payment: PaymentRef) => Promise<PaymentResult | null>;
}

let known: ToStripe | undefined;

/** The one connection of this instance, and the questions that go through it, each shared by those who ask it at once. */
function toStripe(): ToStripe {
  const options = stripeAccess();
  const access = `${options.key} ${options.base.href}`;
  if (known?.access !== access) {
    const connection = connect({ ...options, ...webhookPatience });
    const ask = askForPayments(connection);
    const singleFlight = new SingleFlight<PaymentRef, PaymentResult | null>(ask, ({ chargedOn, stripePaymentId }) =>
      JSON.stringify([chargedOn, stripePaymentId]),
    );
    known = { access, connection, payment: (payment) => singleFlight.get(payment) };
  }
  return known;
}
