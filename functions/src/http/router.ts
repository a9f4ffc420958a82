import type { ServerResponse } from "node:http";
import type { HttpsFunction, Request } from "firebase-functions/v2/https";
import { AppError, HTTP_STATUS } from "../errors.ts";
import { log } from "../log.ts";
import { type Access, type Caller, authenticate } from "./auth.ts";
import { publicPath } from "./paths.ts";
import type { SignedMessage } from "./signature.ts";
import { sendStream, StreamedResponse } from "./stream.ts";

type Response = Parameters<HttpsFunction>[1];

/** A request as a handler sees it. */
export interface ApiRequest {
  caller: Caller;
  /** The named groups of the route's path, decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  contentType: string | undefined;
  /** The request as it was signed. Its body is there byte for byte, empty when there is none. */
  message: SignedMessage;
  receivedAt: Date;
}

/** What a handler answers with status 200: a JSON object, or what is sent piece by piece. */
export type RouteResponse = Record<string, unknown> | StreamedResponse;

export interface Route {
  method: "GET" | "POST";
  /** Matched against the public path (`publicPath`); its named groups become `params`. */
  path: RegExp;
  access: Access;
  handle: (request: ApiRequest) => RouteResponse | Promise<RouteResponse>;
  /** What a caller who is not let in is shown of the request. */
  describeRefused?: (message: SignedMessage) => Record<string, unknown>;
}

/**
 * The one boundary between HTTP and the handlers of these routes. It finds the route, decides who calls, runs the
 * handler, and turns whatever it returns or throws into JSON, but for an answer that is a stream. An AppError is shown to the caller; anything else is
 * logged once, with its stack, and shown as `internal`.
 */
export function endpoint(...routes: Route[]) {
  return async (request: Request, response: Response): Promise<void> => {
    try {
      const { route, params } = findRoute(routes, request);
      const message = readMessage(request);
      const caller = await authenticate(route.access, message, params["franchiseeId"]).catch((error: unknown) => {
        throw error instanceof AppError ? describe(error, route, message) : error;
      });
      // On every answer to such a request, those that refuse it included.
      if (caller.kind === "unsigned") response.set("Portal-Signature", "missing");
      const answer = await route.handle({
        caller,
        params,
        query: new URL(message.target, "http://host").searchParams,
        // As it was sent: the request guard has put another in `request.headers`.
        contentType: message.headers["content-type"]?.[0],
        message,
        receivedAt: new Date(),
      });
      if (answer instanceof StreamedResponse) await sendStream(answer, request, response);
      else response.status(200).json(answer);
    } catch (error) {
      sendError(asAppError(error), request, response);
    }
  };
}

/**
 * Longest body in bytes. A golden record takes about one kilobyte; a body of up to this length is still read, so that
 * the answer can name the field that is too long.
 */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Throws AppError `unsupported_media_type` for a body without a type. The request guard has refused what is too large, or encoded. */
function readMessage(request: Request): SignedMessage {
  const headers = request.headersDistinct;
  const rawBody: Buffer = request.rawBody ?? Buffer.alloc(0);
  if (rawBody.length > 0 && headers["content-type"] === undefined) {
    throw new AppError("unsupported_media_type", "The body has no Content-Type. Send JSON, as application/json.");
  }
  return { method: request.method, target: publicPath(request.originalUrl), headers, rawBody };
}

function findRoute(routes: readonly Route[], request: Request): { route: Route; params: Record<string, string> } {
  const path = publicPath(request.path);
  const here = routes.flatMap((route) => {
    const match = route.path.exec(path);
    return match ? [{ route, match }] : [];
  });
  if (here.length === 0) throw new AppError("not_found", "There is nothing at this path.");
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = here.find(({ route }) => route.method === method);
  if (!found) {
    const allow = here.map(({ route }) => (route.method === "GET" ? "GET, HEAD" : route.method)).join(", ");
    throw new AppError("method_not_allowed", `This path answers ${allow}.`, { headers: { Allow: allow } });
  }
  return { route: found.route, params: decodeParams(found.match.groups ?? {}) };
}

/** The request guard has refused a path that cannot be decoded. */
function decodeParams(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

function describe(error: AppError, { describeRefused }: Route, message: SignedMessage): AppError {
  if (!describeRefused) return error;
  const { code, details, headers, cause } = error;
  return new AppError(code, error.message, { details, headers, cause, received: describeRefused(message) });
}

function asAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("internal", "Something went wrong here.", { cause: error });
}

/** Answers with an error, and logs it. */
export function sendError(
  error: AppError,
  { method, path }: { method: string | undefined; path: string },
  response: ServerResponse,
): void {
  const status = HTTP_STATUS[error.code];
  const fields = { code: error.code, status, method, path };
  if (status >= 500) log.error("request failed", error.cause ?? error, fields);
  else log.info("request refused", fields);

  const { code, message, details, received } = error;
  const headers = { ...error.headers, "Content-Type": "application/json; charset=utf-8" };
  response.statusCode = status;
  response.setHeaders(new Map(Object.entries(headers)));
  const answer = {
    success: false,
    error: { code, message, ...(details.length > 0 && { details }) },
    ...(received && { received }),
  };
  response.end(JSON.stringify(answer));
}
