import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { FakeBooks } from "./books.ts";
import { newId } from "./objects.ts";
import type { KeyPermissions } from "./permissions.ts";
import { StripeApiError } from "./api-error.ts";
import { handleRequest } from "./requests.ts";

export interface Fault {
  /** A prefix of the path, such as `/v1/charges`; default: any path. */
  path?: string | undefined;
  account?: string | null | undefined;
  /** The number of requests to pass before. */
  after?: number | undefined;
  /** The number of requests to fail; default: 1. */
  times?: number | undefined;
  /** `drop` closes the socket; `delay` responds after `delayMs`; `until` responds after the promise. */
  kind:
    "drop" | "delay" | { until: Promise<unknown> } | { status: number; headers?: Record<string, string> | undefined };
  delayMs?: number | undefined;
}

/** A kind of request, with everything that determines its permissions. */
export interface RecordedCall {
  method: string;
  /** Ids are replaced by `{id}`. */
  path: string;
  caller: "platform" | "account";
  expand: readonly string[];
  /** The application name in the user agent. */
  application: string | null;
}

export interface FakeStripe {
  books: FakeBooks;
  url: URL;
  /** Counts by method and path, such as `GET /v1/charges`, with ids replaced. */
  requests: Map<string, number>;
  /** The kinds of requests so far. */
  calls: () => RecordedCall[];
  /** The permissions of restricted keys. Any other test key may read everything. */
  keys: Map<string, KeyPermissions>;
  inject: (fault: Fault) => void;
  /** Removes the injected faults. */
  recover: () => void;
  /** The requests per second that it allows; it answers others with a 429. Null: any number. */
  rateLimit: number | null;
  /** The requests that it has answered with such a 429. */
  rejected: number;
  /** Handles requests that are not Stripe's; false for an unknown one. */
  onControlRequest:
    ((request: IncomingMessage, response: ServerResponse, body: string) => Promise<boolean>) | undefined;
  close: () => Promise<void>;
}

/** Starts a Stripe in test mode; default: on a free port. */
export async function startFakeStripe(port = 0): Promise<FakeStripe> {
  const faults: Fault[] = [];
  const calls = new Map<string, RecordedCall>();
  const bucket = new TokenBucket();
  const server = createServer((request, response) => void serve(request, response));
  server.keepAliveTimeout = 60_000;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const fake: FakeStripe = {
    books: new FakeBooks(),
    url: new URL(`http://127.0.0.1:${portOf(server)}`),
    requests: new Map(),
    calls: () => [...calls.values()],
    keys: new Map(),
    inject: (fault) => void faults.push({ ...fault }),
    recover: () => void faults.splice(0),
    rateLimit: null,
    rejected: 0,
    onControlRequest: undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const { pathname, searchParams } = new URL(request.url ?? "/", fake.url);
      if (!pathname.startsWith("/v1/")) {
        if (!(await fake.onControlRequest?.(request, response, body))) send(response, 404, {});
        return;
      }
      const account = header(request, "stripe-account") ?? null;
      const route = `${request.method} ${pathname.replace(/_[0-9a-zA-Z]{8,}$/, "_…")}`;
      fake.requests.set(route, (fake.requests.get(route) ?? 0) + 1);
      const call = callOf(request, searchParams);
      calls.set(JSON.stringify(call), call);
      const fault = takeFault(faults, pathname, account);
      if (fault && (await applyFault(fault, request, response))) return;
      if (fake.rateLimit !== null && !bucket.take(fake.rateLimit)) {
        fake.rejected += 1;
        const error = { type: "invalid_request_error", code: "rate_limit", message: "Too many requests." };
        send(response, 429, { error }, { "Stripe-Rate-Limited-Reason": "global-rate" });
        return;
      }
      const key = keyOf(request);
      if (request.method !== "GET")
        throw new StripeApiError(404, { type: "invalid_request_error", message: "Read only." });
      const context = { key, account, permissions: fake.keys.get(key) };
      send(response, 200, handleRequest(fake.books, context, pathname, searchParams));
    } catch (error) {
      if (error instanceof StripeApiError) send(response, error.status, error.body);
      else send(response, 500, { error: { type: "api_error", message: String(error) } });
    }
  }
  return fake;
}

/** Allows at most a second's requests at once, as https://stripe.com/blog/rate-limiters describes Stripe's own. */
class TokenBucket {
  #tokens = Infinity;
  #refilledAt = performance.now();

  take(perSecond: number): boolean {
    const now = performance.now();
    this.#tokens = Math.min(perSecond, this.#tokens + ((now - this.#refilledAt) * perSecond) / 1_000);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Returns true if the request is finished. */
async function applyFault(
  { kind, delayMs = 0 }: Fault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  await sleep(delayMs);
  if (kind === "delay") return false;
  if (kind === "drop") {
    request.socket.destroy();
    return true;
  }
  if ("until" in kind) {
    await kind.until;
    return false;
  }
  const type = kind.status === 429 ? "rate_limit" : "api_error";
  send(response, kind.status, { error: { type, message: "Injected fault." } }, kind.headers);
  return true;
}

/** Takes the next fault for this request. */
function takeFault(faults: Fault[], path: string, account: string | null): Fault | undefined {
  const fault = faults.find(
    (one) => path.startsWith(one.path ?? "/") && (one.account === undefined || one.account === account),
  );
  if (!fault) return undefined;
  if ((fault.after ?? 0) > 0) {
    fault.after = (fault.after ?? 0) - 1;
    return undefined;
  }
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
  return fault;
}

function callOf(request: IncomingMessage, query: URLSearchParams): RecordedCall {
  // Not normalized, because an id such as `..` would change the path.
  const [path = ""] = (request.url ?? "").split("?");
  const client = applicationSchema.safeParse(header(request, "x-stripe-client-user-agent") ?? "{}");
  return {
    method: request.method ?? "",
    path: path.replace(/^(\/v1\/\w+)\/[^/]+$/, "$1/{id}"),
    caller: header(request, "stripe-account") === undefined ? "platform" : "account",
    expand: [...query].flatMap(([name, value]) => (/^expand\[\d*\]$/.test(name) ? [value] : [])).toSorted(),
    application: client.data?.application?.name ?? null,
  };
}

const applicationSchema = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.object({ application: z.object({ name: z.string() }).optional() }));

function keyOf(request: IncomingMessage): string {
  const key = /^Bearer (?<key>\S+)$/.exec(header(request, "authorization") ?? "")?.groups?.["key"] ?? "";
  if (/^[rs]k_test_\w+$/.test(key) && !key.endsWith("_revoked")) return key;
  throw new StripeApiError(401, {
    type: "invalid_request_error",
    message: `Invalid API Key provided: ${key.slice(0, 11)}***`,
  });
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Type": "application/json", "Request-Id": newId("req"), ...headers });
  response.end(JSON.stringify(body));
}

function header(request: IncomingMessage, name: string): string | undefined {
  return request.headersDistinct[name]?.[0];
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The fake Stripe has no port.");
  return address.port;
}
