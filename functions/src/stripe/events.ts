import type Stripe from "stripe";
import { z } from "zod";
import { EVENT_TYPES, type EventSubject, type StripeEvent } from "../domain/stripe-event.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { log } from "../log.ts";
import { type Connection, nullIfMissing, onAccount } from "./client.ts";
import { eachPage } from "./lists.ts";

/** The id of a Stripe object. It cannot leave its segment of a path, at Stripe or in Firestore. */
const idSchema = z.string().regex(/^[\w-]{1,255}$/, { error: "expected the id of a Stripe object" });

const reference = z
  .union([z.literal(""), idSchema, z.object({ id: idSchema }).transform(({ id }) => id)])
  .nullish()
  .transform((value) => value || null);

/** The fields read of a snapshot event (https://docs.stripe.com/api/events/object). */
const eventSchema = z.object({
  id: z.string().regex(/^evt_\w{1,250}$/, { error: "expected the id of a Stripe event: evt_…" }),
  type: z
    .string()
    // It becomes a document id: at most 1,500 bytes, and not `__…__`.
    .regex(/^(?!__)(?=.{1,250}$)[a-z0-9_]{1,100}(\.[a-z0-9_[\]]{1,100})+$/, {
      error: "expected the type of a Stripe event",
    }),
  account: franchiseeIdSchema.nullish(),
  livemode: z.boolean(),
  // Until the year 2100.
  created: z.int().nonnegative().max(4_102_444_800),
  data: z.object({ object: z.looseObject({}) }),
});

/** The fields read of the objects in events of handled types. */
const objectSchema = z.object({
  id: idSchema,
  payment_intent: reference,
  charge: reference,
  source_transaction: reference,
  transfer_group: z
    .string()
    .max(500)
    .refine((group) => group.isWellFormed(), { error: "expected well-formed Unicode" })
    .nullish(),
  account: reference,
  originating_transaction: reference,
});

const typeSchema = z.enum(EVENT_TYPES);

/** A delivered or listed event: one to process, or one of another type. */
export const receivedEventSchema = eventSchema.transform(
  ({ id, account, livemode, created, data, ...event }, context) => {
    const type = typeSchema.safeParse(event.type);
    if (!type.success) return { kind: "other" as const, type: event.type };
    const object = objectSchema.safeParse(data.object);
    if (!object.success) {
      for (const { path, message } of object.error.issues) {
        context.issues.push({ code: "custom", input: data.object, path: ["data", "object", ...path], message });
      }
      return z.NEVER;
    }
    const createdAt = new Date(created * 1000);
    const subject = subjectOf(type.data, object.data);
    return {
      kind: "event" as const,
      event: { id, type: type.data, account: account ?? null, livemode, createdAt, subject },
    };
  },
);

function subjectOf(type: z.infer<typeof typeSchema>, object: z.infer<typeof objectSchema>): EventSubject {
  const family = type.slice(0, type.lastIndexOf("."));
  if (family === "payment_intent") return { kind: "payment", stripePaymentId: object.id };
  if (family === "payout") return { kind: "payout", payoutId: object.id };
  if (family === "transfer") return subjectOfTransfer(object);
  if (family === "application_fee") return subjectOfFee(object);
  if (object.payment_intent !== null) return { kind: "payment", stripePaymentId: object.payment_intent };
  // The portal has no charges without a PaymentIntent.
  if (family === "charge" || object.charge === null) return { kind: "nothing", reason: "no PaymentIntent" };
  return { kind: "charge", chargeId: object.charge };
}

function subjectOfTransfer({ source_transaction, transfer_group }: z.infer<typeof objectSchema>): EventSubject {
  if (source_transaction !== null) return { kind: "charge", chargeId: source_transaction };
  if (transfer_group) return { kind: "transfer_group", transferGroup: transfer_group };
  return { kind: "nothing", reason: "a transfer that belongs to no charge" };
}

/** The fee of a destination charge names the arrival and the platform's charge; that of a direct charge, the charge. */
function subjectOfFee({
  charge,
  account,
  originating_transaction: origin,
}: z.infer<typeof objectSchema>): EventSubject {
  if (origin !== null) return { kind: "charge", chargeId: origin };
  if (charge === null || account === null) return { kind: "nothing", reason: "a fee that belongs to no charge" };
  return { kind: "charge_elsewhere", chargeId: charge, account };
}

/** How far back events are requested, in milliseconds; Stripe keeps them for 30 days. */
export const EVENTS_KEPT_MS = 25 * 24 * 60 * 60_000;

/**
 * Events of an account (null: the platform) since then that were not delivered to every endpoint, newest first, page by
 * page. Throws StripeRequestError.
 */
export async function* undeliveredEvents(
  connection: Connection,
  account: string | null,
  since: Date,
): AsyncGenerator<StripeEvent[]> {
  const params = { delivery_success: false, created: { gte: Math.floor(since.getTime() / 1000) } };
  const pages = eachPage(connection, (stripe, page) => stripe.events.list({ ...params, ...page }, onAccount(account)));
  for await (const page of pages) {
    const events = page.flatMap((raw) => eventIn(raw, account));
    if (events.length > 0) yield events;
  }
}

/** An event by its id; null if Stripe no longer has it, or its type is not handled. Throws StripeRequestError. */
export async function retrieveEvent(
  { request }: Connection,
  account: string | null,
  id: string,
): Promise<StripeEvent | null> {
  const response = request((stripe) => stripe.events.retrieve(id, {}, onAccount(account)));
  const raw = await nullIfMissing(response, "id", "event");
  return (raw && eventIn(raw, account)[0]) ?? null;
}

/**
 * The event, if its type is handled. An event listed by the connected account may lack the account. An unreadable event
 * is logged: it must not block the others.
 */
function eventIn(raw: Stripe.Event, account: string | null): StripeEvent[] {
  const received = receivedEventSchema.safeParse({ ...raw, account: raw.account ?? account });
  if (!received.success) log.error("stripe event could not be parsed", received.error, { eventId: raw.id, account });
  return received.data?.kind === "event" ? [received.data.event] : [];
}
