import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import { log } from "../log.ts";
import { type RateLimits, RequestRate } from "./request-rate.ts";

export interface Connection {
  /**
   * Sends a request, paced, and retried after a 429. `asOf` is just before it is sent: the response contains nothing
   * later. Throws StripeRequestError, at once if the wait for a turn would be too long.
   */
  request: <T>(send: (stripe: Stripe, asOf: Date) => Promise<T>) => Promise<T>;
  /** The number of HTTP requests so far. */
  calls: () => number;
  /** The platform's own Connect application, `ca_…`; null if it is not configured. */
  applicationId: string | null;
}

export interface ConnectionOptions {
  key: string;
  /** Stripe's URL, such as `https://api.stripe.com`. */
  base: URL;
  rate?: RateLimits;
  /** The first wait after a 429, in milliseconds; it doubles each time. */
  backOffMs?: number;
  /** The longest wait for a response, in milliseconds. */
  timeoutMs?: number;
  /** How often a request is retried after consecutive 429s. */
  rateLimitRetries?: number;
  /** The longest wait for a turn at the rate, in milliseconds. */
  maxWaitMs?: number;
  /** How often the SDK retries after a lost connection, a timeout, a 409 or a 5xx. It does not after most 429s. */
  networkRetries?: number;
  applicationId?: string | null;
}

/** A failed request. Its message is safe to show; its cause is for the log. */
export class StripeRequestError extends Error {
  override readonly name = "StripeRequestError";
}

const DEFAULTS = {
  /** Three concurrent tasks at this rate stay below a sandbox's 25 requests per second. */
  rate: { perSecond: 8, maxPerSecond: 8, burst: 1 },
  backOffMs: 500,
  timeoutMs: 30_000,
  rateLimitRetries: 6,
  maxWaitMs: Infinity,
  networkRetries: 2,
  applicationId: null,
};

/** Sends nothing until the first request. */
export function connect(options: ConnectionOptions): Connection {
  const {
    key,
    base,
    rate: rateLimits,
    backOffMs,
    timeoutMs,
    rateLimitRetries,
    maxWaitMs,
    networkRetries,
    applicationId,
  } = { ...DEFAULTS, ...options };
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
    maxNetworkRetries: networkRetries,
    timeout: timeoutMs,
    telemetry: false,
    appInfo: { name: "portal-backend" },
  });
  const rate = new RequestRate(rateLimits);
  let waiting = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const takeToken = async (giveUpAt: number): Promise<void> => {
    for (;;) {
      const now = performance.now();
      const waitMs = rate.take(now);
      if (waitMs === 0) return;
      // The rate may have fallen since the request was admitted.
      if (now + waitMs > giveUpAt) throw noRoom();
      await sleep(waitMs);
    }
  };
  const pace = async (): Promise<void> => {
    const now = performance.now();
    if (rate.waitMs(waiting, now) > maxWaitMs) throw noRoom();
    waiting += 1;
    const turn = queue.then(() => takeToken(now + maxWaitMs));
    queue = turn.catch(() => undefined);
    try {
      await turn;
    } finally {
      waiting -= 1;
    }
  };

  return {
    applicationId,
    calls: () => calls,
    request: async (send) => {
      for (let tries = 0; ; tries += 1) {
        await pace();
        try {
          return await send(stripe, new Date());
        } catch (error) {
          if (!(error instanceof Stripe.errors.StripeError)) throw error;
          if (error.statusCode === 429) rate.slowDown(performance.now());
          if (error.statusCode !== 429 || tries === rateLimitRetries) {
            throw new StripeRequestError(describe(error, tries + 1), { cause: error });
          }
          const wait = Math.max(backOffMs * 2 ** tries * (0.5 + Math.random() / 2), retryAfterMs(error));
          if (wait > maxWaitMs) throw new StripeRequestError(describe(error, tries + 1), { cause: error });
          log.warn("rate-limited by Stripe, retrying", {
            tries: tries + 1,
            waitMs: Math.round(wait),
            perSecond: rate.perSecond,
          });
          await sleep(wait);
        }
      }
    },
  };
}

function noRoom(): StripeRequestError {
  return new StripeRequestError("Stripe's rate limit leaves no room for the request at the moment.");
}

/** At most a minute: after a longer wait, the next run retries. */
function retryAfterMs({ headers }: Stripe.errors.StripeError): number {
  const seconds = Number(headers?.["retry-after"] ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 60) * 1000 : 0;
}

/** The request options for a connected account; null is the platform itself. */
export function onAccount(account: string | null): { stripeAccount?: string } {
  return account === null ? {} : { stripeAccount: account };
}

function stripeErrorOf(error: unknown): Stripe.errors.StripeError | null {
  const cause = error instanceof StripeRequestError ? error.cause : null;
  return cause instanceof Stripe.errors.StripeError ? cause : null;
}

/** Stripe does not have the requested object. `params` are the parameters that may name it; any by default. */
export function isMissing(error: unknown, ...params: string[]): boolean {
  const cause = stripeErrorOf(error);
  return cause?.code === "resource_missing" && (params.length === 0 || params.includes(cause.param ?? ""));
}

/** The response; null if Stripe does not have the object that one of these parameters names. */
export function nullIfMissing<T>(response: Promise<T>, ...params: string[]): Promise<T | null> {
  return response.catch((error: unknown) => {
    if (isMissing(error, ...params)) return null;
    throw error;
  });
}

/** Stripe rejects this request: a retry cannot help, and other requests may succeed. */
export function isRejected(error: unknown): boolean {
  const statusCode = stripeErrorOf(error)?.statusCode ?? 0;
  return statusCode >= 400 && statusCode < 500 && !UNSPECIFIC.has(statusCode);
}

/** Stripe has no room for the request, or is down: the same request may succeed in seconds, or minutes. */
export function isTemporary(error: unknown): error is StripeRequestError {
  if (!(error instanceof StripeRequestError)) return false;
  const cause = stripeErrorOf(error);
  if (cause === null || cause.type === "StripeConnectionError") return true;
  return cause.statusCode === 429 || (cause.statusCode ?? 0) >= 500;
}

/** An invalid key, a missing permission, a temporary conflict, and a rate limit concern other requests too. */
const UNSPECIFIC: ReadonlySet<number> = new Set([401, 403, 409, 429]);

/** The requested account is not connected to the platform, or no longer. Excludes a key that lacks a permission. */
export function isDisconnected(error: unknown): boolean {
  return stripeErrorOf(error)?.code === "account_invalid";
}

/** The platform may not read the requested account: a retry cannot help. Excludes a key that lacks a permission. */
export function isInaccessible(error: unknown): boolean {
  const cause = stripeErrorOf(error);
  return cause !== null && isInaccessibleAccount(cause);
}

function isInaccessibleAccount(error: Stripe.errors.StripeError): boolean {
  return (
    error.code === "account_invalid" || (error.type === "StripePermissionError" && permissionsNamedIn(error) === null)
  );
}

/**
 * The permissions of which the key needs any one, by Stripe's names (`rak_…`); empty if Stripe names none, null if the
 * request did not fail for lack of a permission.
 */
export function missingPermissions(error: unknown): string[] | null {
  const cause = stripeErrorOf(error);
  return cause && permissionsNamedIn(cause);
}

/**
 * Only the message distinguishes a missing permission of the key from an inaccessible account: "This application does
 * not have the required permissions" is about what one account has granted.
 */
function permissionsNamedIn({ code, type, message }: Stripe.errors.StripeError): string[] | null {
  if (code === "account_invalid") return null;
  // Since 2026 there is a code, and the permission is in parentheses without the prefix (reported by integrations).
  const isOfKey =
    code === "more_permissions_required" ||
    /\bthe required permissions\b|\brestricted API key\b|\bmore permissions\b/i.test(message);
  if (type !== "StripePermissionError" || !isOfKey) return null;
  const named = [...message.matchAll(/\brak_[a-z0-9_]+|\('([a-z0-9_]+)'\)/g)];
  return named.map(([whole, name]) => (name === undefined ? whole : `rak_${name.replace(/^rak_/, "")}`));
}

/** Stripe's own messages quote parts of keys, and account ids; these do not. */
function describe(error: Stripe.errors.StripeError, tries: number): string {
  if (isInaccessibleAccount(error)) {
    return "The platform cannot read this account at Stripe: it was never connected, was closed or has withdrawn its authorisation.";
  }
  const lacking = permissionsNamedIn(error);
  if (lacking)
    return `The portal's Stripe key lacks a permission${lacking.length > 0 ? ` (${lacking.join(" or ")})` : ""}.`;
  if (error.type === "StripeAuthenticationError") return "Stripe rejects the API key.";
  if (error.statusCode === 429) return `Rate-limited by Stripe after ${tries} attempts.`;
  if (error.type === "StripeConnectionError") return "Stripe cannot be reached.";
  if ((error.statusCode ?? 0) >= 500) return `Stripe responds with a server error (${error.statusCode}).`;
  return `Stripe rejects the request (${error.code ?? error.type}).`;
}
