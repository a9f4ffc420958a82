import type { HttpsFunction, Request } from "firebase-functions/v2/https";
import { AppError, HTTP_STATUS } from "../errors.ts";
import { log } from "../log.ts";
import { type Access, type Caller, identifyCaller } from "./auth.ts";
import { publicPath } from "./paths.ts";
import type { SignedMessage } from "./signature.ts";
import { sendStream, StreamedAnswer } from "./stream.ts";

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
export type Answer = Record<string, unknown> | StreamedAnswer;

export interface Route {
  method: "GET" | "POST";
  /** Matched against the public path (`publicPath`); its named groups become `params`. */
  path: RegExp;
  access: Access;
  handle: (request: ApiRequest) => Answer | Promise<Answer>;
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
      const caller = await identifyCaller(route.access, message, params["franchiseeId"]).catch((error: unknown) => {
        throw error instanceof AppError ? describe(error, route, message) : error;
      });
      // On every answer to such a request, those that refuse it included.
      if (caller.kind === "unsigned") response.set("Portal-Signature", "missing");
      const answer = await route.handle({
        caller,
        params,
        query: new URL(message.target, "http://host").searchParams,
        contentType: request.headers["content-type"],
        message,
        receivedAt: new Date(),
      });
      if (answer instanceof StreamedAnswer) await sendStream(answer, request, response);
      else response.status(200).json(answer);
    } catch (error) {
      answerError(asAppError(error), request, response);
    }
  };
}

/**
 * Longest body in bytes. A golden record takes about one kilobyte; a body of up to this length is still read, so that
 * the answer can name the field that is too long.
 */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Throws AppError `payload_too_large`, before any time is spent on the body, or `unsupported_media_type`. */
function readMessage(request: Request): SignedMessage {
  // The platform keeps no body that has no type, so there is nothing to verify a signature on.
  const { headers } = request;
  const hasBody = Number(headers["content-length"] ?? 0) > 0 || headers["transfer-encoding"] !== undefined;
  if (hasBody && headers["content-type"] === undefined) {
    throw new AppError("unsupported_media_type", "The body has no Content-Type. Send JSON, as application/json.");
  }
  const rawBody: Buffer = request.rawBody ?? Buffer.alloc(0);
  if (rawBody.length > MAX_BODY_BYTES) {
    throw new AppError("payload_too_large", `The body takes ${rawBody.length} bytes; ${MAX_BODY_BYTES} are allowed.`);
  }
  const target = publicPath(request.originalUrl);
  return { method: request.method, target, headers: request.headersDistinct, rawBody };
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

function decodeParams(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch (error) {
    throw new AppError("invalid_request", "The path is not valid percent-encoded UTF-8.", { cause: error });
  }
}

function describe(error: AppError, { describeRefused }: Route, message: SignedMessage): AppError {
  if (!describeRefused) return error;
  const { code, details, headers, cause } = error;
  return new AppError(code, error.message, { details, headers, cause, received: describeRefused(message) });
}

function asAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("internal", "Something went wrong here.", { cause: error });
}

function answerError(error: AppError, request: Request, response: Response): void {
  const status = HTTP_STATUS[error.code];
  const fields = { code: error.code, status, method: request.method, path: request.path };
  if (status >= 500) log.error("request failed", error.cause ?? error, fields);
  else log.info("request refused", fields);

  const { code, message, details, received } = error;
  response
    .status(status)
    .set(error.headers)
    .json({
      success: false,
      error: { code, message, ...(details.length > 0 && { details }) },
      ...(received && { received }),
    });
}
