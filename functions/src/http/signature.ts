/**
 * The orchestrator's signature: Standard Webhooks (https://www.standardwebhooks.com), whose payload is the body alone;
 * here it has the method and the path too.
 */
import { type Webhook, WebhookVerificationError } from "standardwebhooks";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";

export const SIGNATURE_HEADERS = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;

const TOLERANCE_SECONDS = 5 * 60;

export interface SignedMessage {
  method: string;
  /** The public path with its query, as it was sent. */
  target: string;
  /** Each header's values, unparsed. */
  headers: Readonly<NodeJS.Dict<string[]>>;
  rawBody: Buffer;
}

export interface Signature {
  keyIndex: number;
  /** To the second. */
  signedAt: Date;
}

/** The signed payload, after id and timestamp: `METHOD /path?query`, a line feed, and the body. */
export function signedPayload(method: string, target: string, body: string): string {
  return `${method} ${target}\n${body}`;
}

/**
 * Verifies that one of these keys signed the message, and that its timestamp is within five minutes of now. Throws
 * AppError `unauthenticated`, which says whether a header, the timestamp or the signature is wrong, but nothing that
 * helps a forger; `invalid_request` for a body that is not UTF-8.
 */
export function verifySignature(message: SignedMessage, keys: readonly Webhook[]): Signature {
  const id = singleHeader(message, "webhook-id");
  const timestamp = singleHeader(message, "webhook-timestamp");
  const signature = singleHeader(message, "webhook-signature");
  if (id.includes(".")) throw unauthenticated("The header webhook-id contains a full stop.");
  if (!/^[1-9]\d{0,11}$/.test(timestamp))
    throw unauthenticated("The header webhook-timestamp is not a time in Unix seconds.");
  const signedAt = new Date(Number(timestamp) * 1000);
  const now = new Date();
  if (Math.abs(now.getTime() - signedAt.getTime()) > TOLERANCE_SECONDS * 1000) {
    throw unauthenticated(`The webhook-timestamp is more than 5 minutes off the server's time, ${now.toISOString()}.`);
  }
  const payload = signedPayload(message.method, message.target, decodeUtf8(message.rawBody));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  const keyIndex = keys.findIndex((key) => isSignedWith(key, payload, headers));
  if (keyIndex < 0) throw unauthenticated("The webhook-signature does not match.");
  return { keyIndex, signedAt };
}

function singleHeader({ headers }: SignedMessage, name: (typeof SIGNATURE_HEADERS)[number]): string {
  const values = headers[name] ?? [];
  const [value] = values;
  // A proxy joins repeated headers by a comma and a space, which none of the three contains.
  if (values.length > 1 || value?.includes(", ")) throw unauthenticated(`The header ${name} is given more than once.`);
  if (!value) throw unauthenticated(`The request is not signed: the header ${name} is missing.`);
  return value;
}

/** Any error means an invalid signature: the keys are already checked, and the rest is the sender's. */
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

function unauthenticated(message: string): AppError {
  return new AppError("unauthenticated", message);
}

/** Rejects bytes that are not UTF-8, and keeps a byte order mark: different bodies are different texts. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws AppError `invalid_request` if the body is not UTF-8. */
export function decodeUtf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    const details = [{ path: "body", message: "not UTF-8" }];
    throw new AppError("invalid_request", "The body is not valid.", { details, cause: error });
  }
}
