/**
 * Every way a request can fail, and the HTTP status that says so. The set is closed: what is not in it is `internal`.
 */
export const HTTP_STATUS = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof HTTP_STATUS;

/** One thing that is wrong with a request: where it stands (`body.amount_total`) and what is wrong with it. */
export interface ErrorDetail {
  path: string;
  message: string;
}

/** The `code` that Node, gRPC and Firebase put on their errors; undefined where there is none. */
export function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/**
 * A failure that the caller is told about. Its message and details are shown as they are, so they carry no secret, no
 * stack and nobody else's data; `cause` is for the log alone.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  readonly headers: Readonly<Record<string, string>>;
  /** What the server saw of the request, for a caller who has to find out what is wrong with it. */
  readonly received: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      details?: readonly ErrorDetail[];
      headers?: Record<string, string>;
      received?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? [];
    this.headers = options.headers ?? {};
    this.received = options.received;
  }
}
