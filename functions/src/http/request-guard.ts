/**
 * Limits the memory that a request can take. Runs before the platform's framework, which would inflate, buffer (up to 1
 * GiB) and parse every body. The framework receives complete bodies of at most MAX_BODY_BYTES, as raw bytes
 * (docs/decisions/0015-request-bodies.md).
 */
import { subscribe } from "node:diagnostics_channel";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { AppError } from "../errors.ts";
import { sendError, MAX_BODY_BYTES } from "./router.ts";

/**
 * The platform's own limit. So much of a rejected request is read and discarded, so that its sender can read the
 * response; then the connection is closed.
 */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

/** `parsesBodies`: the framework parses bodies by their Content-Type, for a handler that needs `request.body`. */
export function guardRequests({ parsesBodies }: { parsesBodies: boolean }): void {
  const guarded = new WeakSet<Server>();
  // Node publishes this before it emits "request" or "checkContinue".
  subscribe("http.server.request.start", (message) => {
    if (typeof message !== "object" || message === null || !("server" in message)) return;
    const { server } = message;
    if (!isServer(server) || guarded.has(server)) return;
    guarded.add(server);
    guardServer(server, parsesBodies);
  });
}

function isServer(value: unknown): value is Server {
  return value instanceof Server;
}

function guardServer(server: Server, parsesBodies: boolean): void {
  const listeners = server.listeners("request");
  const guard = (request: IncomingMessage, response: ServerResponse, accept = (): void => undefined): void => {
    const rejection = rejectionOf(request);
    if (rejection) {
      reject(rejection, request, response);
      return;
    }
    accept();
    // The framework parses this type as raw bytes; `headersDistinct` keeps the sent header.
    if (!parsesBodies) request.headers["content-type"] = "application/octet-stream";
    buffer(request, response, () => {
      for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
    });
  };
  server.removeAllListeners("request");
  server.on("request", guard);
  // A client that sends `Expect: 100-continue` is rejected before it sends the body.
  server.on("checkContinue", (request, response) => guard(request, response, () => response.writeContinue()));
}

function rejectionOf({ url = "", headers }: IncomingMessage): AppError | undefined {
  if (headers["content-encoding"] !== undefined) {
    return new AppError("unsupported_media_type", "Send the body without a Content-Encoding.");
  }
  if (declaredLength(headers) > MAX_BODY_BYTES) return tooLarge();
  try {
    decodeURIComponent(pathOf(url));
    return undefined;
  } catch (error) {
    return new AppError("invalid_request", "The path is not valid percent-encoded UTF-8.", { cause: error });
  }
}

/** Node's parser rejects a Content-Length that is not a whole number, or that comes with a Transfer-Encoding. */
function declaredLength(headers: IncomingMessage["headers"]): number {
  return Number(headers["content-length"] ?? 0);
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

function tooLarge(): AppError {
  return new AppError("payload_too_large", `The body exceeds ${MAX_BODY_BYTES} bytes.`);
}

function reject(error: AppError, request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = "" } = request;
  sendError(error, { method, headers, path: pathOf(url) }, response);
  let discarded = 0;
  request.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) request.destroy();
  });
}

/** Reads the body, puts it back into the stream, and passes the request on; rejects more than MAX_BODY_BYTES. */
function buffer(request: IncomingMessage, response: ServerResponse, pass: () => void): void {
  if (request.headers["transfer-encoding"] === undefined && declaredLength(request.headers) === 0) {
    pass();
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
      // The stream emits "end" in a later tick, once it is empty.
      request.unshift(body.bytes());
      pass();
    }
  };
  request.on("readable", read);
}

/** Collects bytes in one buffer: a list of chunks would take a hundred times the memory if bytes arrive singly. */
class Body {
  #bytes: Buffer = Buffer.alloc(0);
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
