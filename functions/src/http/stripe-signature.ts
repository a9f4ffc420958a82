/** Stripe's signature over the raw body of a webhook (https://docs.stripe.com/webhooks/signature). */
import Stripe from "stripe";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import type { SignedMessage } from "./signature.ts";

/** A timestamp may lie this far from the server's time, in seconds, either way. */
const TOLERANCE_SECONDS = 5 * 60;

/** Throws AppError `invalid_request`, which is what Stripe's own examples answer: it says whether header, time or signature is wrong. */
export function verifyStripeSignature({ headers, rawBody }: SignedMessage, keys: readonly string[]): void {
  const [header, ...others] = headers["stripe-signature"] ?? [];
  if (header === undefined) throw refused("The request is not signed: the header Stripe-Signature is missing.");
  if (others.length > 0) throw refused("The header Stripe-Signature is given more than once.");
  // The SDK takes a time of the far future, and a header with several times for one with the last.
  const times = header.split(",").filter((part) => part.startsWith("t="));
  const time = /^t=([1-9]\d{0,11})$/.exec(times.join())?.[1];
  if (time === undefined) throw refused("The Stripe-Signature has no time in Unix seconds.");
  const now = new Date();
  if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) {
    throw refused(`The Stripe-Signature is more than 5 minutes off the server's time, ${now.toISOString()}.`);
  }
  if (!keys.some((key) => isSignedWith(key, header, rawBody))) throw refused("The Stripe-Signature does not match.");
}

/** Whatever the library fails at, there is no valid signature: the keys are checked before, so that the rest is the sender's. */
function isSignedWith(key: string, header: string, rawBody: Buffer): boolean {
  try {
    // Stryker disable next-line OptionalChaining: the SDK's type says that there may be none, and there always is.
    return Stripe.webhooks.signature?.verifyHeader(rawBody, header, key, TOLERANCE_SECONDS) === true;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeSignatureVerificationError))
      log.warn("signature could not be verified", { error: String(error) });
    return false;
  }
}

function refused(message: string): AppError {
  return new AppError("invalid_request", message);
}
