/**
 * Receives the requests of this process before the platform's framework, which would inflate, buffer (up to 1 GiB) and
 * parse every body. Passes each complete body, of at most MAX_BODY_BYTES, to the function that is served
 * (docs/decisions/0015-request-bodies.md, 0023-without-framework.md).
 */
import { subscribe } from "node:diagnostics_channel";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { AppError } from "../errors.ts";
import { pathOf } from "./paths.ts";
import { MAX_BODY_BYTES, sendError } from "./router.ts";
import { StrayErrors } from "./stray-errors.ts";

/**
 * The platform's own limit. So much of a rejected request is read and discarded, so that its sender can read the
 * response; then the connection is closed.
 */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

/** The Functions emulator asks its own server whether it is ready. */
const EMULATOR_HEALTH = process.env["FUNCTIONS_EMULATOR"] === "true" ? "/__/health" : undefined;

/** A function, as it is deployed. It handles its errors. Without one, the framework calls its own. */
export type Handler = (request: never, response: never) => void | Promise<void>;

export function guardRequests(handler: Handler | undefined): void {
  const guarded = new WeakSet<Server>();
  // Node publishes this before it emits "request" or "checkContinue".
  subscribe("http.server.request.start", (message) => {
    if (typeof message !== "object" || message === null || !("server" in message)) return;
    const { server } = message;
    if (!isServer(server) || guarded.has(server)) return;
    guarded.add(server);
    guardServer(server, handler);
  });
}

function isServer(value: unknown): value is Server {
  return value instanceof Server;
}

function guardServer(server: Server, handler: Handler | undefined): void {
  const strayErrors = new StrayErrors(server);
  const listeners = server.listeners("request");
  const guard = (request: IncomingMessage, response: ServerResponse, accept = (): void => undefined): void => {
    strayErrors.track(response);
    const rejection = rejectionOf(request);
    if (rejection) {
      reject(rejection, request, response);
      return;
    }
    accept();
    buffer(request, response, (body) => {
      if (handler && request.url !== EMULATOR_HEALTH) {
        Reflect.apply(handler, undefined, [Object.assign(request, { rawBody: body }), response]);
        return;
      }
      // The stream emits "end" in a later tick, once it is empty.
      if (body.length > 0) request.unshift(body);
      for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
    });
  };
  server.removeAllListeners("request");
  server.on("request", guard);
  // A client that sends `Expect: 100-continue` is rejected before it sends the body.
  server.on("checkContinue", (request, response) => guard(request, response, () => response.writeContinue()));
}

function rejectionOf(request: IncomingMessage): AppError | undefined {
  const { headers } = request;
  if (headers["content-encoding"] !== undefined) {
    return new AppError("unsupported_media_type", "Send the body without a Content-Encoding.");
  }
  if (declaredLength(headers) > MAX_BODY_BYTES) return tooLarge();
  try {
    decodeURIComponent(pathOf(request));
    return undefined;
  } catch (error) {
    return new AppError("invalid_request", "The path is not valid percent-encoded UTF-8.", { cause: error });
  }
}

/** Node's parser rejects a Content-Length that is not a whole number, or that comes with a Transfer-Encoding. */
function declaredLength(headers: IncomingMessage["headers"]): number {
  return Number(headers["content-length"] ?? 0);
}

function tooLarge(): AppError {
  return new AppError("payload_too_large", `The body exceeds ${MAX_BODY_BYTES} bytes.`);
}

function reject(error: AppError, request: IncomingMessage, response: ServerResponse): void {
  sendError(error, request, response);
  let discarded = 0;
  request.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) request.destroy();
  });
}

/** Reads the body, and passes it on; rejects more than MAX_BODY_BYTES. */
function buffer(request: IncomingMessage, response: ServerResponse, pass: (body: Buffer) => void): void {
  if (request.headers["transfer-encoding"] === undefined && declaredLength(request.headers) === 0) {
    pass(NO_BODY);
    return;
  }
  const body = new Body();
  const read = (): void => {
    const chunk: unknown = request.read();
    if (chunk instanceof Buffer) body.add(chunk);
    if (body.length > MAX_BODY_BYTES) {
      request.off("readable", read);
      reject(tooLarge(), request, response);
    } else if (request.complete) {
      request.off("readable", read);
      pass(body.bytes());
    }
  };
  request.on("readable", read);
}

const NO_BODY = Buffer.alloc(0);

/** Collects bytes in one buffer: a list of chunks would take a hundred times the memory if bytes arrive singly. */
class Body {
  #bytes: Buffer = NO_BODY;
  length = 0;

  add(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0) this.#bytes = chunk;
    else {
      if (length > this.#bytes.length) this.#grow(Math.max(length, Math.min(2 * this.#bytes.length, MAX_BODY_BYTES)));
      chunk.copy(this.#bytes, this.length);
    }
    this.length = length;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  #grow(capacity: number): void {
    const larger = Buffer.allocUnsafe(capacity);
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
