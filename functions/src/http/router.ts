import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { AppError, type ErrorCode, HTTP_STATUS } from "../errors.ts";
import { log } from "../log.ts";
import { type Access, type Caller, authenticate } from "./auth.ts";
import { pathOf, pathPattern, publicPath, targetOf } from "./paths.ts";
import type { SignedMessage } from "./signature.ts";
import { sendStream, StreamedResponse } from "./stream.ts";

/** A request with its body, from the request guard or the platform's framework. */
export type ReceivedRequest = Pick<IncomingMessage, "method" | "url" | "headers" | "headersDistinct"> & {
  rawBody?: Buffer;
};

export interface ApiRequest {
  caller: Caller;
  /** The named groups of the route's path, decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  contentType: string | undefined;
  message: SignedMessage;
  receivedAt: Date;
}

export type RouteResponse = Record<string, unknown> | StreamedResponse;

export interface Route {
  method: "GET" | "POST";
  /** Templates of the public paths (`pathPattern`). Each `{name}` becomes one of the `params`. */
  paths: readonly [string, ...string[]];
  access: Access;
  handle: (request: ApiRequest) => RouteResponse | Promise<RouteResponse>;
  /** The field `received` of a 401 or 400 of `authenticate`. */
  describeRejected?: (message: SignedMessage) => Record<string, unknown>;
  /** Null for a route that openapi.json leaves out. */
  operation: Operation | null;
}

/** How openapi.json describes a route, under the first of its paths. */
export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  /** The parameters of the path, `query` and `body`, as the handler validates them. */
  input?: z.ZodObject;
  response: [description: string, schema: z.ZodType];
  /** The body of a 401, if it is not `errorSchema` alone. */
  rejection?: [description: string, schema: z.ZodType];
  /** Other content types of a 200. */
  files?: readonly string[];
  errors: readonly (typeof HTTP_STATUS)[ErrorCode][];
}

export const errorSchema = z
  .strictObject({
    success: z.literal(false),
    error: z.strictObject({
      code: z.enum(Object.keys(HTTP_STATUS)),
      message: z.string(),
      details: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
      requestId: z.string().describe("names the request in the logs"),
    }),
  })
  .meta({ id: "Error" });

/**
 * Serves these routes: finds the route, authenticates the caller, runs the handler, and sends its response or error.
 * The caller sees an AppError; any other error is logged once, with its stack, and sent as `internal`.
 */
export function endpoint(...routes: Route[]) {
  const patterns = routes.flatMap((route) => route.paths.map((path) => ({ route, pattern: pathPattern(path) })));
  return async (request: ReceivedRequest, response: ServerResponse): Promise<void> => {
    let received: Record<string, unknown> | undefined;
    try {
      const { route, params } = findRoute(patterns, request);
      const message = readMessage(request);
      const caller = await authenticate(route.access, message, params["franchiseeId"]).catch((error: unknown) => {
        if (error instanceof AppError) received = route.describeRejected?.(message);
        throw error;
      });
      // Sent with errors too.
      if (caller.kind === "unsigned") response.setHeader("Portal-Signature", "missing");
      const result = await route.handle({
        caller,
        params,
        query: new URL(message.target, "http://host").searchParams,
        contentType: message.headers["content-type"]?.[0],
        message,
        receivedAt: new Date(),
      });
      if (result instanceof StreamedResponse) await sendStream(result, request, response);
      else sendJson(200, result, response);
    } catch (error) {
      if (response.headersSent) {
        log.error("response aborted", error, { method: request.method, path: pathOf(request) });
        response.destroy();
        return;
      }
      const shown =
        error instanceof AppError
          ? error
          : new AppError("internal", "Internal error. If it persists, report the requestId.", { cause: error });
      sendError(shown, request, response, { received });
    }
  };
}

/** A golden record takes about one kilobyte; more is read so that the error can name the field that is too long. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Throws AppError `unsupported_media_type` for a body without a type. The guard rejects large and encoded bodies. */
function readMessage(request: ReceivedRequest): SignedMessage {
  const { method = "", headersDistinct: headers, rawBody = Buffer.alloc(0) } = request;
  if (rawBody.length > 0 && headers["content-type"] === undefined) {
    throw new AppError("unsupported_media_type", "The body has no Content-Type. Send JSON, as application/json.");
  }
  return { method, target: publicPath(targetOf(request)), headers, rawBody };
}

function findRoute(patterns: readonly { route: Route; pattern: RegExp }[], request: ReceivedRequest) {
  const path = publicPath(pathOf(request));
  const here = patterns.flatMap(({ route, pattern }) => {
    const match = pattern.exec(path);
    return match ? [{ route, match }] : [];
  });
  if (here.length === 0) throw new AppError("not_found", "No route matches this path.");
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = here.find(({ route }) => route.method === method);
  if (!found) {
    const allow = here.map(({ route }) => (route.method === "GET" ? "GET, HEAD" : route.method)).join(", ");
    throw new AppError("method_not_allowed", `This path allows ${allow}.`, { headers: { Allow: allow } });
  }
  // The request guard rejects paths that cannot be decoded.
  const params = Object.entries(found.match.groups ?? {}).map(
    ([name, value]) => [name, decodeURIComponent(value)] as const,
  );
  return { route: found.route, params: Object.fromEntries(params) };
}

/**
 * The trace id that Cloud Run gives a request, which is on all of its log lines; else a random id. A client can send
 * these headers, so only the form of a trace id is accepted (docs/decisions/0019-openapi.md).
 */
function requestIdOf({ headers }: Pick<IncomingMessage, "headers">): string {
  const trace =
    /^([\da-f]{32})\/\d/i.exec(String(headers["x-cloud-trace-context"])) ??
    /^[\da-f]{2}-([\da-f]{32})-/.exec(String(headers["traceparent"]));
  return trace?.[1] ?? randomUUID();
}

/** Sends an error, and logs it. `rest` is added to the body. */
export function sendError(
  error: AppError,
  request: Pick<IncomingMessage, "method" | "url" | "headers">,
  response: ServerResponse,
  rest: object = {},
): void {
  const status = HTTP_STATUS[error.code];
  const requestId = requestIdOf(request);
  const fields = { code: error.code, status, method: request.method, path: pathOf(request), requestId };
  if (status >= 500) log.error("request failed", error.cause ?? error, fields);
  else log.info("request rejected", fields);

  const { code, message, details } = error;
  response.setHeaders(new Map(Object.entries(error.headers)));
  const body = { code, message, ...(details.length > 0 && { details }), requestId };
  sendJson(status, { success: false, error: body, ...rest }, response);
}

function sendJson(status: number, body: object, response: ServerResponse): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.setHeader("Content-Length", bytes.length);
  response.end(bytes);
}
