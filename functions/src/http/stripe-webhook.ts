import { z } from "zod";
import { AppError } from "../errors.ts";
import { processDelivery } from "../jobs/events/process-delivery.ts";
import { logResult } from "../jobs/events/process-event.ts";
import { countEvent } from "../store/stripe-events.ts";
import { isRejected, StripeRequestError } from "../stripe/client.ts";
import { receivedEventSchema } from "../stripe/events.ts";
import type { ApiRequest, RouteResponse } from "./router.ts";
import { readJson, validate } from "./validation.ts";

const inputSchema = z.object({ body: receivedEventSchema });

/** Receives an event from Stripe. After a 200, it is done, quarantined or queued, and Stripe does not send it again. */
export async function receiveEvent(request: ApiRequest): Promise<RouteResponse> {
  const { body } = validate(inputSchema, { body: readJson(request) });
  if (body.kind === "other") {
    await countEvent(body.type);
    return { success: true, outcome: "ignored" };
  }
  const result = await processDelivery(body.event).catch((error: unknown) => {
    throw error instanceof StripeRequestError && !isRejected(error) ? stripeUnavailable(error) : error;
  });
  logResult(body.event, result);
  return { success: true, outcome: result.outcome };
}

const RETRY_AFTER_SECONDS = 30;

function stripeUnavailable(cause: StripeRequestError): AppError {
  return new AppError("unavailable", "Stripe's API is temporarily unavailable. Send the same event again.", {
    headers: { "Retry-After": String(RETRY_AFTER_SECONDS) },
    cause,
  });
}
