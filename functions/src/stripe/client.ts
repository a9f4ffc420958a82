import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import { log } from "../log.ts";

/** A connection to Stripe, and how many requests went through it. */
export interface Connection {
  /**
   * Asks Stripe something: paced, and again after a while when Stripe is too busy. The question is told when it is asked, for
   * the answer can tell of nothing later. Throws StripeRequestError.
   */
  request: <T>(question: (stripe: Stripe, asOf: Date) => Promise<T>) => Promise<T>;
  calls: () => number;
  /** The platform's own Connect application, `ca_…`; null where it is not configured. */
  applicationId: string | null;
}

export interface ConnectionOptions {
  key: string;
  /** Where Stripe is, such as `https://api.stripe.com`. */
  base: URL;
  /** Least time between the starts of two requests, in milliseconds. */
  paceMs?: number;
  /** First wait after a 429, in milliseconds; each next one is twice as long. */
  backOffMs?: number;
  /** Longest wait for an answer, in milliseconds. */
  timeoutMs?: number;
  /** How often a question is asked again, after one 429 that follows another. */
  busyRetries?: number;
  applicationId?: string | null;
}

/** What Stripe refuses, in words that anybody may read; the cause is for the log. */
export class StripeRequestError extends Error {
  override readonly name = "StripeRequestError";
}

/** Three tasks at a time that each ask so often stay below the 25 requests a second of a sandbox. */
const PACE_MS = 125;
const BACK_OFF_MS = 500;
const TIMEOUT_MS = 30_000;
/** The SDK tries again by itself after a lost connection, a 409 and a 5xx, but not after most 429s. */
const NETWORK_RETRIES = 2;
const BUSY_RETRIES = 6;

/** Makes a connection. Nothing is sent before something is asked. */
export function connect(options: ConnectionOptions): Connection {
  const { key, base, paceMs = PACE_MS, backOffMs = BACK_OFF_MS, timeoutMs = TIMEOUT_MS } = options;
  const { busyRetries = BUSY_RETRIES, applicationId = null } = options;
  const protocol = base.protocol === "http:" ? "http" : "https";
  let calls = 0;
  const http = Stripe.createNodeHttpClient();
  const stripe = new Stripe(key, {
    httpClient: {
      getClientName: () => http.getClientName(),
      makeRequest: (...request) => {
        calls += 1;
        return http.makeRequest(...request);
      },
    },
    protocol,
    host: base.hostname,
    port: base.port || (protocol === "http" ? "80" : "443"),
    maxNetworkRetries: NETWORK_RETRIES,
    timeout: timeoutMs,
    telemetry: false,
    appInfo: { name: "portal-backend" },
  });
  let nextAt = 0;
  const pace = async (): Promise<void> => {
    const now = Date.now();
    const at = Math.max(now, nextAt);
    nextAt = at + paceMs;
    if (at > now) await sleep(at - now);
  };

  return {
    applicationId,
    calls: () => calls,
    request: async (question) => {
      for (let tries = 0; ; tries += 1) {
        await pace();
        try {
          return await question(stripe, new Date());
        } catch (error) {
          if (!isTooBusy(error) || tries === busyRetries) throw asFailure(error, tries + 1);
          const wait = Math.max(backOffMs * 2 ** tries * (0.5 + Math.random() / 2), retryAfterMs(error));
          log.warn("rate-limited by Stripe, retrying", { tries: tries + 1, waitMs: Math.round(wait) });
          await sleep(wait);
        }
      }
    },
  };
}

function isTooBusy(error: unknown): error is Stripe.errors.StripeError {
  return error instanceof Stripe.errors.StripeError && error.statusCode === 429;
}

/** At most a minute: whoever has to wait longer fails, and comes back. */
function retryAfterMs({ headers }: Stripe.errors.StripeError): number {
  const seconds = Number(headers?.["retry-after"] ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 60) * 1000 : 0;
}

/** The options of a request in the name of a connected account; null is the platform itself. */
export function onAccount(account: string | null): { stripeAccount?: string } {
  return account === null ? {} : { stripeAccount: account };
}

/** Stripe does not have what was asked for; `params` are the parameters that may have named it, any if none is given. */
export function isMissing(error: unknown, ...params: string[]): boolean {
  return (
    error instanceof StripeRequestError &&
    error.cause instanceof Stripe.errors.StripeError &&
    error.cause.code === "resource_missing" &&
    (params.length === 0 || params.includes(error.cause.param ?? ""))
  );
}

/** Stripe finds fault with this one question: no waiting mends that, and it says nothing about others. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof StripeRequestError) || !(error.cause instanceof Stripe.errors.StripeError)) return false;
  const { statusCode = 0 } = error.cause;
  return statusCode >= 400 && statusCode < 500 && !UNSPECIFIC.has(statusCode);
}

/** The key, a permission that it lacks, a conflict that passes, and too many requests. */
const UNSPECIFIC: ReadonlySet<number> = new Set([401, 403, 409, 429]);

/** The connected account that was asked is none of the platform's, or no longer. A key that lacks a permission is another matter. */
export function isDisconnected(error: unknown): boolean {
  return (
    error instanceof StripeRequestError &&
    error.cause instanceof Stripe.errors.StripeError &&
    error.cause.code === "account_invalid"
  );
}

/** The platform may not read the account that was asked: no waiting mends that. A key that lacks a permission is another matter. */
export function isInaccessible(error: unknown): boolean {
  return (
    error instanceof StripeRequestError &&
    error.cause instanceof Stripe.errors.StripeError &&
    isAccountRefused(error.cause)
  );
}

function isAccountRefused(error: Stripe.errors.StripeError): boolean {
  return (
    error.code === "account_invalid" || (error.type === "StripePermissionError" && permissionsNamedIn(error) === null)
  );
}

/**
 * The permissions of which any one would let the key make the request, by Stripe's names (`rak_…`), none if Stripe names none. Null where a
 * request has not failed for lack of a permission.
 */
export function missingPermissions(error: unknown): string[] | null {
  if (!(error instanceof StripeRequestError) || !(error.cause instanceof Stripe.errors.StripeError)) return null;
  return permissionsNamedIn(error.cause);
}

/**
 * Only the message tells it from an account that cannot be read, and only of the key itself: "This application does not have the required
 * permissions" is about what one account has granted.
 */
function permissionsNamedIn({ code, type, message }: Stripe.errors.StripeError): string[] | null {
  if (code === "account_invalid") return null;
  // Since 2026 it has a code, and names the permission in parentheses, without the prefix; integrations report both forms.
  const isOfKey =
    code === "more_permissions_required" ||
    /\bthe required permissions\b|\brestricted API key\b|\bmore permissions\b/i.test(message);
  if (type !== "StripePermissionError" || !isOfKey) return null;
  const named = [...message.matchAll(/\brak_[a-z0-9_]+|\('([a-z0-9_]+)'\)/g)];
  return named.map(([whole, name]) => (name === undefined ? whole : `rak_${name.replace(/^rak_/, "")}`));
}

function asFailure(error: unknown, tries: number): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  return new StripeRequestError(describe(error, tries), { cause: error });
}

/** Stripe's own messages quote parts of keys, and account ids; these do not. */
function describe(error: Stripe.errors.StripeError, tries: number): string {
  if (isAccountRefused(error)) {
    return "Stripe does not let the platform read this account: it was never connected, was closed or has withdrawn its authorisation.";
  }
  const lacking = permissionsNamedIn(error);
  if (lacking)
    return `The portal's Stripe key lacks a permission${lacking.length > 0 ? ` (${lacking.join(" or ")})` : ""}.`;
  if (error.type === "StripeAuthenticationError") return "Stripe refuses the API key.";
  if (error.statusCode === 429) return `Stripe was too busy for us ${tries} times in a row.`;
  if (error.type === "StripeConnectionError") return "Stripe cannot be reached.";
  if ((error.statusCode ?? 0) >= 500) return `Stripe answers with an error of its own (${error.statusCode}).`;
  return `Stripe refuses the request (${error.code ?? error.type}).`;
}
