/**
 * The orchestrator's signature: Standard Webhooks (https://www.standardwebhooks.com), with a payload that binds the
 * method and the path too, since that scheme binds the body alone.
 */
import { type Webhook, WebhookVerificationError } from "standardwebhooks";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";

export const SIGNATURE_HEADERS = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;

/** A timestamp may lie this far from the server's time, in seconds, either way. */
const TOLERANCE_SECONDS = 5 * 60;

export interface SignedMessage {
  method: string;
  /** The public path with its query, as it was sent. */
  target: string;
  /** Each header's values, as they were sent. */
  headers: Readonly<NodeJS.Dict<string[]>>;
  rawBody: Buffer;
}

export interface Signature {
  /** Which of the keys signed it, from 0. */
  keyIndex: number;
  /** To the second. */
  signedAt: Date;
}

/** What is signed, after the id and the timestamp: `METHOD /path?query`, a line feed, and the body. */
export function signedPayload(method: string, target: string, body: string): string {
  return `${method} ${target}\n${body}`;
}

/**
 * Verifies that one of the keys signed this message within the last five minutes, or the next.
 * Throws AppError `unauthenticated` that says which it is: a header missing, the timestamp too far off, or the signature
 * wrong; and no more, so that it helps no forger. Throws `invalid_request` for a body that is not UTF-8.
 */
export function verifySignature(message: SignedMessage, keys: readonly Webhook[]): Signature {
  const [id, timestamp, signature] = [
    singleHeader(message, "webhook-id"),
    singleHeader(message, "webhook-timestamp"),
    singleHeader(message, "webhook-signature"),
  ];
  if (id.includes(".")) throw refused("The header webhook-id has a full stop in it.");
  if (!/^[1-9]\d{0,11}$/.test(timestamp)) throw refused("The header webhook-timestamp is not a time in Unix seconds.");
  const signedAt = new Date(Number(timestamp) * 1000);
  const now = new Date();
  if (Math.abs(now.getTime() - signedAt.getTime()) > TOLERANCE_SECONDS * 1000) {
    throw refused(`The webhook-timestamp is more than 5 minutes off the server's time, ${now.toISOString()}.`);
  }
  const payload = signedPayload(message.method, message.target, decodeUtf8(message.rawBody));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  const keyIndex = keys.findIndex((key) => isSignedWith(key, payload, headers));
  if (keyIndex < 0) throw refused("The webhook-signature does not match.");
  return { keyIndex, signedAt };
}

function singleHeader({ headers }: SignedMessage, name: (typeof SIGNATURE_HEADERS)[number]): string {
  const values = headers[name] ?? [];
  const [value] = values;
  // None of the three has a comma and a space in it, which is how a proxy joins headers that come twice.
  if (values.length > 1 || value?.includes(", ")) throw refused(`The header ${name} is given more than once.`);
  if (!value) throw refused(`The request is not signed: the header ${name} is missing.`);
  return value;
}

/** Whatever the library fails at, there is no valid signature: the keys are checked before, so that the rest is the sender's. */
function isSignedWith(key: Webhook, payload: string, headers: Record<string, string>): boolean {
  try {
    key.verify(payload, headers, { jsonParse: false });
    return true;
  } catch (error) {
    if (!(error instanceof WebhookVerificationError))
      log.warn("signature could not be verified", { error: String(error) });
    return false;
  }
}

function refused(message: string): AppError {
  return new AppError("unauthenticated", message);
}

/** Bytes that are not UTF-8 are refused rather than replaced; a byte order mark is kept: one text for one body. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a body. Throws AppError `invalid_request` when it is not UTF-8. */
export function decodeUtf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    const details = [{ path: "body", message: "not UTF-8" }];
    throw new AppError("invalid_request", "The body is not valid.", { details, cause: error });
  }
}
