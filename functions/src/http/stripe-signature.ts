/** Stripe's signature over the raw body of a webhook (https://docs.stripe.com/webhooks/signature). */
import Stripe from "stripe";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import type { SignedMessage } from "./signature.ts";

const TOLERANCE_SECONDS = 5 * 60;

/**
 * Throws AppError `invalid_request` (400, as in Stripe's examples), which says if header, time or signature is wrong.
 */
export function verifyStripeSignature({ headers, rawBody }: SignedMessage, keys: readonly string[]): void {
  const [header, ...others] = headers["stripe-signature"] ?? [];
  if (header === undefined)
    throw invalidSignature("The request is not signed: the header Stripe-Signature is missing.");
  if (others.length > 0) throw invalidSignature("The header Stripe-Signature is given more than once.");
  // The SDK accepts times in the far future, and the last of several times.
  const times = header.split(",").filter((part) => part.startsWith("t="));
  const time = /^t=([1-9]\d{0,11})$/.exec(times.join())?.[1];
  if (time === undefined) throw invalidSignature("The Stripe-Signature has no time in Unix seconds.");
  const now = new Date();
  if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) {
    throw invalidSignature(`The Stripe-Signature is more than 5 minutes off the server's time, ${now.toISOString()}.`);
  }
  if (!keys.some((key) => isSignedWith(key, header, rawBody)))
    throw invalidSignature("The Stripe-Signature does not match.");
}

/** Any error means an invalid signature: the keys are already checked, and the rest is the sender's. */
function isSignedWith(key: string, header: string, rawBody: Buffer): boolean {
  try {
    // Stryker disable next-line OptionalChaining: it is optional in the SDK's type alone.
    return Stripe.webhooks.signature?.verifyHeader(rawBody, header, key, TOLERANCE_SECONDS) === true;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeSignatureVerificationError))
      log.warn("signature could not be verified", { error: String(error) });
    return false;
  }
}

function invalidSignature(message: string): AppError {
  return new AppError("invalid_request", message);
}
