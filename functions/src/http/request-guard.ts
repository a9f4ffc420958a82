/**
 * Bounds what a request can make this process hold. It runs between Node's HTTP server and the platform's framework, which would
 * inflate, buffer (up to 1 GiB) and parse every body before any handler runs, whoever sent it. The framework gets complete bodies of
 * at most MAX_BODY_BYTES, as raw bytes (docs/decisions/0015-request-bodies.md).
 */
import { subscribe } from "node:diagnostics_channel";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { AppError } from "../errors.ts";
import { sendError, MAX_BODY_BYTES } from "./router.ts";

/**
 * How much of a refused request is still read, and discarded, so that its sender gets to read the response: as much as the platform
 * lets through. After that the connection is closed.
 */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

export interface GuardOptions {
  /** Whether the framework may parse bodies by their Content-Type, for a function whose handler needs `request.body`. */
  parsesBodies: boolean;
}

/** Guards every HTTP server of this process, from its first request on. */
export function guardRequests(options: GuardOptions): void {
  const guarded = new WeakSet<Server>();
  // Node publishes this before it emits "request" or "checkContinue".
  subscribe("http.server.request.start", (message) => {
    if (typeof message !== "object" || message === null || !("server" in message)) return;
    const { server } = message;
    if (!isServer(server) || guarded.has(server)) return;
    guarded.add(server);
    guardServer(server, options);
  });
}

function isServer(value: unknown): value is Server {
  return value instanceof Server;
}

function guardServer(server: Server, options: GuardOptions): void {
  const listeners = server.listeners("request");
  const guard = (request: IncomingMessage, response: ServerResponse, accept = (): void => undefined): void => {
    const refusal = refusalOf(request);
    if (refusal) {
      refuse(refusal, request, response);
      return;
    }
    accept();
    // Only the framework's parser of raw bytes takes this type; `headersDistinct` keeps what was sent.
    if (!options.parsesBodies) request.headers["content-type"] = "application/octet-stream";
    buffer(request, response, () => {
      for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
    });
  };
  server.removeAllListeners("request");
  server.on("request", guard);
  // Whoever asks before sending the body is refused before sending it.
  server.on("checkContinue", (request, response) => guard(request, response, () => response.writeContinue()));
}

/** Why a request is refused by its head alone; undefined where it is not. */
function refusalOf({ url = "", headers }: IncomingMessage): AppError | undefined {
  if (headers["content-encoding"] !== undefined) {
    return new AppError("unsupported_media_type", "Send the body as it is, without a Content-Encoding.");
  }
  if (declaredLength(headers) > MAX_BODY_BYTES) return tooLarge();
  try {
    decodeURIComponent(pathOf(url));
    return undefined;
  } catch (error) {
    return new AppError("invalid_request", "The path is not valid percent-encoded UTF-8.", { cause: error });
  }
}

/** Node's parser has refused a Content-Length that is no whole number, and one beside a Transfer-Encoding. */
function declaredLength(headers: IncomingMessage["headers"]): number {
  return Number(headers["content-length"] ?? 0);
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

function tooLarge(): AppError {
  return new AppError("payload_too_large", `The body takes more than ${MAX_BODY_BYTES} bytes.`);
}

/** Responds at once, and discards the rest of the body as it arrives. */
function refuse(error: AppError, request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = "" } = request;
  sendError(error, { method, headers, path: pathOf(url) }, response);
  let discarded = 0;
  request.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) request.destroy();
  });
}

/** Reads the body up to MAX_BODY_BYTES, puts it back into the stream, and passes the request on; refuses it where there is more. */
function buffer(request: IncomingMessage, response: ServerResponse, pass: () => void): void {
  if (request.headers["transfer-encoding"] === undefined && declaredLength(request.headers) === 0) {
    pass();
    return;
  }
  const body = new Body();
  const read = (): void => {
    const piece: unknown = request.read();
    if (piece instanceof Buffer) body.add(piece);
    if (body.length > MAX_BODY_BYTES) {
      request.off("readable", read);
      refuse(tooLarge(), request, response);
    } else if (request.complete) {
      request.off("readable", read);
      // Before the stream emits "end", which it does in a later tick, and not while there is something in it.
      request.unshift(body.bytes());
      pass();
    }
  };
  request.on("readable", read);
}

/** Bytes in one piece: a list of pieces would take a hundred times the memory of a body that arrives byte by byte. */
class Body {
  #bytes: Buffer = Buffer.alloc(0);
  length = 0;

  add(piece: Buffer): void {
    const length = this.length + piece.length;
    if (this.length === 0) this.#bytes = piece;
    else {
      if (length > this.#bytes.length) this.#grow(Math.max(length, Math.min(2 * this.#bytes.length, MAX_BODY_BYTES)));
      piece.copy(this.#bytes, this.length);
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
